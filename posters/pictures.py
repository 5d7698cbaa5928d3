"""Posters' pictures: what is accepted, under which names it is kept, and how it is sent.

A picture's name is made of its content and its size in pixels: `posters/<digest>-<width>x<height>.png`. So nobody
guesses it, it never means anything else, and the change log brings an earlier picture back by its name alone: nothing
that was kept is overwritten or deleted. Beside it lies a small one for pages, with `.preview.webp` after its name.
Its pixels are kept as they were sent; what the file told beside them is left out (`picture_metadata`).
"""

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from PIL import Image

from posters.picture_metadata import BROKEN, ORIENTATION, without_metadata

FOLDER = "posters"
LARGEST_BYTES = 10_000_000
LARGEST_PIXELS = {"PNG": 20_000_000, "JPEG": 20_000_000, "WEBP": 10_000_000}
"""A sheet of A0 at 110 dots per inch has 19 million. While it looks at the largest, a worker of 60 MB grows to at most
260 (a PNG with a palette and transparency; a JPEG to 230); of a WebP, each pixel takes twice as much as of those.
"""
LARGEST_SIDE_OF_PREVIEW = 960
SHORTER_SIDE = 600
LONGER_SIDE = 1_000
"""From here on, pixels of the shorter and of the longer side, one can read what is on a poster."""
KINDS = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg"), "WEBP": ("webp", "image/webp")}
"""What is accepted, with the ending of its files and its content type."""
PREVIEW = ".preview.webp"
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture stand upright, by its orientation (EXIF 2.32, 4.6.4). 1 is upright, others mean nothing."""
SIDEWAYS = {TURNS[orientation] for orientation in (5, 6, 7, 8)}
"""By these, width and height change places."""
_name = re.compile(r"[0-9a-f]{32}-([0-9]+)x([0-9]+)\.(png|jpg|webp)")


class UnusablePicture(ValueError):
    """This file is no picture that a poster can have. `str()` is one clear sentence."""


@dataclass(frozen=True)
class Picture:
    """A picture that is kept, told from its name. Sizes are in pixels."""

    name: str
    width: int
    height: int

    @property
    def preview_width(self) -> int:
        return self.preview_size[0]

    @property
    def preview_height(self) -> int:
        return self.preview_size[1]

    @property
    def preview_size(self) -> tuple[int, int]:
        """What the small one measures: the same, where it is not large."""
        scale = min(1, LARGEST_SIDE_OF_PREVIEW / max(self.width, self.height))
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    @property
    def address(self) -> str:
        """Within the site."""
        return default_storage.url(self.name)

    @property
    def preview_address(self) -> str:
        """Of the small one, within the site."""
        return f"{self.address}{PREVIEW}"

    @property
    def content_type(self) -> str:
        return content_type_of(self.name)

    @property
    def is_too_small(self) -> bool:
        """Whether one cannot read what is on it."""
        shorter, longer = sorted((self.width, self.height))
        return shorter < SHORTER_SIDE or longer < LONGER_SIDE


def picture_named(name: str) -> Picture | None:
    """What a poster's `image` says; None where it has none."""
    match = _name.fullmatch(name.removeprefix(f"{FOLDER}/"))
    return Picture(name, int(match[1]), int(match[2])) if match else None


def content_type_of(name: str) -> str:
    """By a kept file's ending, which its content gave it."""
    return dict(KINDS.values())[name.rpartition(".")[2]]


def keep_picture(*, content: bytes) -> str:
    """Look at a picture, keep it and a small one, and give its name. Raises UnusablePicture."""
    if len(content) > LARGEST_BYTES:
        raise UnusablePicture(
            f"This picture has {len(content) / 1e6:.1f} MB: at most {LARGEST_BYTES // 1_000_000} MB can be kept."
        )
    try:
        with Image.open(BytesIO(content), formats=list(KINDS)) as sent:
            content = without_metadata(content, kind=_kind(sent))
        with Image.open(BytesIO(content), formats=list(KINDS)) as looked_at:
            _check_size(looked_at)
            looked_at.verify()
        # What has been verified cannot be read any more.
        with Image.open(BytesIO(content), formats=list(KINDS)) as image:
            digest = hashlib.sha256(content).hexdigest()[:32]
            ending, _ = KINDS[_kind(image)]
            turn = _turn(image)
            width, height = reversed(image.size) if turn in SIDEWAYS else image.size
            picture = Picture(f"{FOLDER}/{digest}-{width}x{height}.{ending}", width, height)
            preview = _small(image, picture.preview_size, turn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(_too_many_pixels(max(LARGEST_PIXELS.values()))) from error
    except UnusablePicture:
        raise
    except BROKEN as error:
        raise UnusablePicture("This is no whole PNG, JPEG or WebP picture.") from error
    _keep(f"{picture.name}{PREVIEW}", preview)
    _keep(picture.name, content)
    return picture.name


def _keep(name: str, content: bytes) -> None:
    """Under this very name, whole at every moment: others may be reading what was kept before."""
    if default_storage.exists(name) and default_storage.size(name) == len(content):
        return
    written = default_storage.save(f"{name}.part", ContentFile(content))
    Path(default_storage.path(written)).replace(default_storage.path(name))


def _kind(image: Image.Image) -> str:
    """One of KINDS."""
    # Photographs of two cameras in one, as some phones make them, begin with a JPEG.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _check_size(image: Image.Image) -> None:
    largest = LARGEST_PIXELS[_kind(image)]
    if image.width * image.height > largest:
        raise UnusablePicture(_too_many_pixels(largest))


def _too_many_pixels(largest: int) -> str:
    return f"This picture has too many pixels: at most {largest // 1_000_000} million can be kept."


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What makes it stand upright; None where its camera says nothing."""
    return TURNS.get(image.getexif().get(ORIENTATION, 1))


def _small(image: Image.Image, size: tuple[int, int], turn: Image.Transpose | None) -> bytes:
    """As WebP, turned as its camera was held, with nothing but its pixels.

    Made small as soon as can be: a JPEG while it is read, all others before they are copied in another mode.
    """
    if image.mode.startswith("I"):
        # Sixteen bits of grey; the colour that is transparent, if one is, would be one of sixteen bits too.
        image = image.point(lambda value: value / 256).convert("L")
        image.info.pop("transparency", None)
    elif image.has_transparency_data and image.mode not in {"LA", "RGBA"}:
        image = image.convert("RGBA")
    elif image.mode in {"1", "P"}:
        image = image.convert("RGB")
    image.thumbnail((LARGEST_SIDE_OF_PREVIEW, LARGEST_SIDE_OF_PREVIEW), reducing_gap=2)
    if turn is not None:
        image = image.transpose(turn)
    if image.mode not in {"RGB", "RGBA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    file = BytesIO()
    image.resize(size).save(file, "WEBP", quality=80)
    return file.getvalue()


def picture_response(request: HttpRequest, name: str, *, cache_control: str) -> HttpResponse:
    """The file under this name, to be shown and never run; 304 to who has it. Raises Http404 where it is gone."""
    file_name = PurePosixPath(name).name
    response = HttpResponse(
        content_type=content_type_of(name),
        headers={
            "Cache-Control": cache_control,
            "Content-Disposition": f'inline; filename="{file_name}"',
            # The name is made of the content.
            "ETag": f'"{file_name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
    answer = get_conditional_response(request, etag=response["ETag"], response=response) or response
    if answer is response:
        try:
            with default_storage.open(name) as file:
                response.content = file.read()
        except FileNotFoundError as error:
            raise Http404("This picture is gone.") from error
    return answer
