"""Addresses as QR codes, for a phone to read off a screen or a poster."""


def qr_svg(address: str) -> str:
    """The QR code of an address as an SVG element, black on white, without a style attribute."""
    # Imported where used: few requests need it.
    import segno

    svg: str = segno.make(address, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", lineclass=None
    )
    return svg
