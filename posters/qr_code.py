"""QR codes: an address that a phone's camera opens, as SVG for pages, signs and paper."""

from io import BytesIO


def qr_svg(address: str) -> str:
    """The address as one SVG element that scales with its box: black on white, quiet zone included."""
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
    return drawn.getvalue().decode()
