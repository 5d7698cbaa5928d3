"""One accent colour, any at all, made readable on light and on dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

from dataclasses import dataclass

READABLE = 4.5
"""Contrast that WCAG 2.2 asks of text at level AA."""
STRONG = 7.0

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
LIGHT_GROUND = (246, 247, 245)
"""--ground of boardwalk.css on light; the accent stands on it, on white and on its own tint."""
DARK_RAISED = (32, 37, 36)
"""--raised of boardwalk.css on dark, the lightest ground there."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The accent's parts in one colour scheme, as CSS writes them."""

    accent: str
    """Text, lines and filled buttons."""
    on_accent: str
    """Text on the filled accent."""
    tint: str
    """A quiet ground for accent text and for ordinary text."""
    masthead: str
    """The ground of the page's head, under white text."""


def light_palette(hexadecimal: str) -> Palette:
    """The accent, darkened as far as light grounds need it."""
    accent = parse(hexadecimal)
    while contrast(accent, _tint(accent, LIGHT_GROUND)) < READABLE:
        accent = mix(accent, BLACK, 0.04)
    return Palette(
        accent=css(accent),
        on_accent=css(WHITE),
        tint=css(_tint(accent, LIGHT_GROUND)),
        masthead=css(_masthead(accent)),
    )


def dark_palette(hexadecimal: str) -> Palette:
    """The accent, lightened as far as dark grounds need it."""
    accent = parse(hexadecimal)
    masthead = _masthead(mix(accent, BLACK, 0.35))
    while contrast(accent, _tint(accent, DARK_RAISED)) < READABLE:
        accent = mix(accent, WHITE, 0.04)
    return Palette(
        accent=css(accent),
        on_accent=css((12, 15, 14)),
        tint=css(_tint(accent, DARK_RAISED)),
        masthead=css(masthead),
    )


def _tint(accent: Colour, ground: Colour) -> Colour:
    return mix(ground, accent, 0.1)


def _masthead(accent: Colour) -> Colour:
    while contrast(accent, WHITE) < STRONG:
        accent = mix(accent, BLACK, 0.04)
    return accent


def parse(hexadecimal: str) -> Colour:
    """“#0b6b5e” as red, green and blue."""
    digits = hexadecimal.removeprefix("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """The colour with a share of another. Always moves towards it: rounding goes its way."""
    red, green, blue = (_step(a, b, share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _step(value: int, target: int, share: float) -> int:
    moved = value + (target - value) * share
    return min(target, int(moved) + 1) if target > value else max(target, int(moved))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio, 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, “relative luminance”)."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
