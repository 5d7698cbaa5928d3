"""QR codes as SVG."""


def qr_svg(address: str) -> str:
    """The address as a QR code: an <svg> to put into a page, black on white, without styles of its own.

    segno is imported here, and not above: few pages need it.
    """
    import segno

    return segno.make(address, micro=False).svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
