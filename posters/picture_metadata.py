"""What a file tells beside its picture: where and by whom it was taken. It is left out, and no pixel is touched.

Kept is what a file needs to be shown as it looks, profiles of colour included, and how the camera was held.
"""

import re
import struct
import zlib

from PIL import Image

ORIENTATION = 0x0112
"""The EXIF tag by which a camera says how it was held."""
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, LookupError, TypeError, ArithmeticError)
"""What is raised, here and by Pillow, for broken files."""
_PNG_CHUNKS = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"cHRM",
    b"gAMA",
    b"iCCP",
    b"sBIT",
    b"sRGB",
    b"cICP",
    b"pHYs",
}
_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1
_JPEG_BESIDE = {*range(0xE0, 0xF0), 0xFE}
"""Markers of what applications say, and of comments."""
_JPEG_APPLICATIONS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Of these, what says how colours are meant."""
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"}
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04
"""Flags in VP8X, by which a WebP announces these chunks."""
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""Within a scan's data, a byte FF is followed by 00, and restarts may stand between (ITU T.81, B.1.1)."""


def without_metadata(content: bytes, *, kind: str) -> bytes:
    """The same picture, of PNG, JPEG or WEBP. Raises one of BROKEN where it does not hold together."""
    return {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}[kind](content)


def _held(exif: bytes) -> bytes:
    """The EXIF that says how the camera was held and nothing else, as TIFF; nothing where it says nothing one knows."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        orientation = tags.get(ORIENTATION)
    except BROKEN:
        return b""
    if not isinstance(orientation, int) or not 2 <= orientation <= 8:
        return b""
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", ORIENTATION, 3, 1, orientation, 0, 0)


def _png(content: bytes) -> bytes:
    parts = [content[:8]]
    at, name = 8, b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, at)
        name, held, end = content[at + 4 : at + 8], content[at + 8 : at + 8 + length], at + 12 + length
        if name in _PNG_CHUNKS:
            parts.append(content[at:end])
        elif name == b"eXIf" and (exif := name + _held(held)) != name:
            parts.append(struct.pack(">I", len(exif) - 4) + exif + struct.pack(">I", zlib.crc32(exif)))
        at = end
    return b"".join(parts)


def _jpeg(content: bytes) -> bytes:
    parts = [content[:2]]
    at, code = 2, 0
    # What follows the end, such as a phone's second picture, is left out too.
    while code != _END:
        marker = _JPEG_MARKER.search(content, at)
        if marker is None:
            raise ValueError("This JPEG has no end.")
        if code == _SCAN:
            parts.append(content[at : marker.start()])
        code = marker[1][0]
        if code == _END:
            parts.append(b"\xff\xd9")
            break
        (length,) = struct.unpack_from(">H", content, marker.end())
        at = marker.end() + length
        held = content[marker.end() + 2 : at]
        if code == _EXIF and held.startswith(b"Exif\0") and (exif := _held(held)):
            parts.append(b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif)
        elif code not in _JPEG_BESIDE or held.startswith(_JPEG_APPLICATIONS.get(code, ())):
            parts.append(b"\xff" + marker[1] + content[marker.end() : at])
    return b"".join(parts)


def _webp(content: bytes) -> bytes:
    parts = []
    features, exif = bytearray(), b""
    at, (size,) = 12, struct.unpack_from("<I", content, 4)
    while at < size + 8:
        name, (length,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        end = at + 8 + length + length % 2
        if end > len(content):
            raise ValueError("This WebP is cut short.")
        if name == b"VP8X":
            features = bytearray(content[at:end])
            features[8] &= ~(_WEBP_EXIF | _WEBP_XMP)
        elif name in _WEBP_CHUNKS:
            parts.append(content[at:end])
        elif name == b"EXIF":
            exif = _held(content[at + 8 : at + 8 + length])
        at = end
    if features and exif:
        features[8] |= _WEBP_EXIF
        parts.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + bytes(features) + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body
