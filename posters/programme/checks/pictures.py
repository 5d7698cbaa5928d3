"""What one sees: pictures of posters on which one cannot read."""

from collections.abc import Iterator

from posters.models import Conference, Poster
from posters.pictures import LONGER_SIDE, SHORTER_SIDE, picture_named
from posters.programme.checks.finding import Finding, Severity, form_of
from posters.programme.checks.gaps import poster_named, standing_posters


def image_too_small(conference: Conference) -> Iterator[Finding]:
    """Posters whose picture has too few pixels. Who has no picture lacks nothing."""
    columns = ("pk", "number", "title", "image")
    for key, number, title, name in standing_posters(conference).exclude(image="").values_list(*columns):
        picture = picture_named(name)
        if picture and picture.is_too_small:
            message = (
                f"{poster_named(number, title)} has a picture of {picture.width:,} × {picture.height:,} pixels:"
                f" one cannot read it below {SHORTER_SIDE} × {LONGER_SIDE:,}."
            )
            yield Finding(Severity.WARNS, message, "poster", (key,), form_of(Poster, key))
