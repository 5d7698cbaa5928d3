"""Any accent at all is readable on light and on dark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posters.browse.colour import (
    DARK_RAISED,
    LIGHT_GROUND,
    WHITE,
    contrast,
    dark_palette,
    light_palette,
    parse,
)

EXTREMES = ["#000000", "#ffffff", "#ffff00", "#00ff00", "#0000ff", "#ff0000", "#808080", "#0b6b5e", "#fffffe"]


def assert_readable(hexadecimal: str) -> None:
    light, dark = light_palette(hexadecimal), dark_palette(hexadecimal)
    for palette, grounds in ((light, (WHITE, LIGHT_GROUND)), (dark, (DARK_RAISED, (19, 23, 22)))):
        accent, tint = parse(palette.accent), parse(palette.tint)
        for ground in (*grounds, tint):
            assert contrast(accent, ground) >= 4.5
        assert contrast(parse(palette.on_accent), accent) >= 4.5
        assert contrast(WHITE, parse(palette.masthead)) >= 7
    assert contrast((23, 33, 30), parse(light.tint)) >= 7
    assert contrast((231, 235, 233), parse(dark.tint)) >= 7


@pytest.mark.parametrize("hexadecimal", EXTREMES)
def test_extremes_are_readable(hexadecimal):
    assert_readable(hexadecimal)


@given(st.integers(0, 0xFFFFFF))
def test_every_accent_is_readable(value):
    assert_readable(f"#{value:06x}")


def test_a_readable_accent_stays_as_it_is():
    assert light_palette("#0b6b5e").accent == "#0b6b5e"
    assert dark_palette("#7fd6c8").accent == "#7fd6c8"


def test_known_ratios():
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)


def test_the_theme_holds_the_conference_accent(conference, client):
    response = client.get("/example-2030/theme.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "--accent: #0b6b5e" in response.content.decode()
    type(conference).objects.update(accent_colour="#ffd400")
    css = client.get("/example-2030/theme.css").content.decode()
    assert f"--accent: {light_palette('#ffd400').accent}" in css
    assert "--accent: #ffd400" in css  # on dark it is readable as it is
