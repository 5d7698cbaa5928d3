"""QR codes: an address that a phone's camera opens, as SVG for pages, signs and paper."""

from functools import lru_cache
from io import BytesIO

from django.utils.safestring import SafeString


# An itinerary shows the same code each time, and to draw it is a tenth of what its page costs.
@lru_cache(maxsize=256)
def qr_svg(address: str) -> SafeString:
    """The address as one SVG element that scales with its box: black on white, quiet zone included.

    Safe for a page: segno draws rectangles, and the address itself is not in it.
    """
    import segno  # Imported where used: most processes' first requests draw no code.

    drawn = BytesIO()
    # “M” mends 15 %: a sign's corner may be creased, and the modules stay large enough for a poor camera.
    segno.make_qr(address, error="m").save(
        drawn,
        kind="svg",
        xmldecl=False,
        nl=False,
        omitsize=True,
        dark="#000",
        light="#fff",
        svgclass=None,
        lineclass=None,
    )
    return SafeString(drawn.getvalue().decode())
