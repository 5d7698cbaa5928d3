"""What programme and personal templates share: times that name their zone, lists of posters, the yearly menu.

Times are shown in the active zone, which base.html sets to the conference's. static/js/zone.js reads
`data-shows` and writes the same forms in the visitor's own zone.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posters.browse.colour import dark_palette, light_palette
from posters.browse.listing import PosterRow
from posters.browse.marking import Marker
from posters.browse.programme_page import editions_at
from posters.models import Conference

register = template.Library()

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def long_day(day: date) -> str:
    """“Tuesday 2 May”."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """“Tue 2 May”."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


FORMS: dict[str, Callable[[datetime], str]] = {
    "clock": lambda moment: f"{moment:%H:%M}",
    "day": long_day,
    "day-year": lambda moment: f"{long_day(moment)} {moment.year}",
    "day-clock": lambda moment: f"{long_day(moment)} {moment.year}, {moment:%H:%M}",
    "short": lambda moment: f"{short_day(moment)}, {moment:%H:%M}",
}


@register.simple_tag
def moment(value: datetime, shows: str = "short") -> SafeString:
    """A <time> in the active zone: `shows` is clock, day, day-year, day-clock or short."""
    return _moment(value, shows, timezone.get_current_timezone())


@lru_cache(maxsize=1_000)
def _moment(value: datetime, shows: str, zone: tzinfo) -> SafeString:
    """Kept, because a list says the same few times over and over."""
    local = FORMS[shows](value.astimezone(zone))
    return format_html('<time datetime="{}" data-shows="{}">{}</time>', instant(value), shows, local)


@register.simple_tag
def window(starts_at: datetime | None, ends_at: datetime | None, shows: str = "clock") -> SafeString:
    """“16:30–18:30”; the end names its day where it is another one. `shows` is the start's form."""
    if starts_at is None or ends_at is None:
        return SafeString("Time to be announced")
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return format_html(
        '{}–<time datetime="{}" data-shows="end" data-from="{}">{}</time>',
        moment(starts_at, shows),
        instant(ends_at),
        instant(starts_at),
        FORMS["clock" if start.date() == end.date() else "short"](end),
    )


@register.filter
def instant(value: datetime) -> str:
    """The moment in UTC, as machines read it: 2023-05-02T14:30:00Z."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.filter
def day_name(value: date) -> str:
    """A day of the programme: “Tuesday 2 May”."""
    return long_day(value)


@register.filter
def short_day_name(value: date) -> str:
    """A day of the programme: “Tue 2 May”."""
    return short_day(value)


@register.filter
def days_from_to(conference: Conference) -> str:
    """“1–5 May 2023”, “30 April – 2 May 2023”, or empty where the days are not known."""
    first, last = conference.starts_on, conference.ends_on
    if not first:
        return ""
    end = f"{(last or first).day} {MONTHS[(last or first).month - 1]} {(last or first).year}"
    if last is None or last == first:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {MONTHS[first.month - 1]}{year} – {end}"


@register.filter
def zone_name(conference: Conference) -> str:
    """“Kigali time (UTC+2)”; where clocks change during the conference, both offsets."""
    first = conference.starts_on or date(conference.year, 1, 1)
    last = conference.ends_on or first
    noons = (datetime.combine(day, time(12), tzinfo=conference.zone) for day in (first, last))
    offsets = dict.fromkeys(offset_name(noon.utcoffset() or timedelta()) for noon in noons)
    city = conference.time_zone.rpartition("/")[2].replace("_", " ")
    return "UTC" if city == "UTC" else f"{city} time ({', then '.join(offsets)})"


def offset_name(offset: timedelta) -> str:
    """“UTC+2”, “UTC−3:30”, “UTC”."""
    minutes = int(abs(offset).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(minutes, 60)
    sign = "−" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


@register.simple_tag
def yearly_menu(conference: Conference | None) -> list[Conference]:
    """All published conferences, newest first."""
    if isinstance(conference, Conference):
        return editions_at(conference.pk, conference.revision)
    return list(Conference.objects.public().newest_first())


@register.simple_tag
def theme_colours(conference: Conference) -> SafeString:
    """The colour of a browser's own frame around the page: the masthead's, on light and on dark."""
    return format_html_join(
        "\n",
        '<meta name="theme-color" content="{}" media="(prefers-color-scheme: {})">',
        (
            (light_palette(conference.accent_colour).masthead, "light"),
            (dark_palette(conference.accent_colour).masthead, "dark"),
        ),
    )


@register.inclusion_tag("components/pagination.html")
def pagination(page: Page[Any], query: str) -> dict[str, Any]:
    """Links to a list's pages. `query` is a query string that a page's number can be added to."""
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {"page": page, "pages": pages, "query": query}


@register.inclusion_tag("components/poster_rows.html")
def poster_rows(
    rows: Sequence[PosterRow],
    conference: Conference,
    abstracts: str = "none",
    under: str = "",
    marker: Marker | None = None,
    layout: str = "",
) -> dict[str, Any]:
    """A list of posters, each with its star. `abstracts`: none, folded or open. What `marker` finds is
    marked; where no abstract is shown, with the piece of it in which it stands. `layout`: compact, or as ever.

    Where rows stand `under` a session, by slug, its name and time stand over them and not in every row. Addresses are
    made from the lists' own: a reverse() for each of 7,000 links would cost more than the rest of the page.
    """
    return {
        "rows": rows,
        "abstracts": abstracts,
        "under": under,
        "marker": marker,
        "layout": layout,
        "posters_url": reverse("poster-list", args=[conference.slug]),
        "authors_url": reverse("author-list", args=[conference.slug]),
        "sessions_url": reverse("schedule", args=[conference.slug]),
    }
