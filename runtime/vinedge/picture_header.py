"""What a picture file says about itself before anything is decoded: kind, size, orientation, and that it is whole.

Decoders allocate what a header asks for and some fill the missing half of a truncated file with gray.
So the container is walked first, in time and memory bounded by the file's length:

    PNG    W3C PNG 3rd ed.      chunks up to IEND, eXIf
    JPEG   ITU-T T.81 annex B   markers up to EOI, Exif in APP1
    WebP   RFC 9649             RIFF chunks, EXIF
    GIF    GIF89a               blocks up to the end of the first frame
    BMP    BITMAPINFOHEADER     rows of uncompressed pictures
    TIFF   TIFF 6.0             strips or tiles of the first page

Other formats are refused: nothing here could bound them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass


class PictureError(Exception):
    """Why a file cannot be decoded, as the rest of a sentence that starts with its name."""


@dataclass(frozen=True)
class Header:
    """`orientation` is Exif's 1..8: how stored rows and columns must be turned to stand upright."""

    kind: str
    width: int
    height: int
    orientation: int = 1


def read_header(data: bytes) -> Header:
    """Return the header of an encoded picture; `PictureError` when it is foreign, damaged or not whole."""
    for signature, reader in _READERS:
        if signature.match(data):
            try:
                return reader(data)
            except (struct.error, IndexError):
                raise PictureError("is truncated: it ends in the middle of its header; copy it again") from None
    raise PictureError("is not a PNG, JPEG, WebP, BMP, GIF or TIFF picture; convert it to PNG or JPEG")


def _cut(kind: str, missing: str) -> PictureError:
    return PictureError(f"is truncated: the {kind} file ends before {missing}; copy it again")


def _png(data: bytes) -> Header:
    length, chunk, width, height = struct.unpack_from(">I4sII", data, 8)
    if chunk != b"IHDR":
        raise PictureError("is damaged: a PNG file must start with its IHDR chunk; copy it again")
    orientation, position = 1, 8
    while position + 12 <= len(data):
        length, chunk = struct.unpack_from(">I4s", data, position)
        if chunk == b"IEND":
            return Header("PNG", width, height, orientation)
        if chunk == b"eXIf":
            orientation = _exif_orientation(data[position + 8 : position + 8 + length])
        position += 12 + length
    raise _cut("PNG", "its IEND chunk")


# A marker that is neither stuffing (FF 00), fill (FF FF), a restart (FF D0-D7) nor TEM (FF 01).
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> Header:
    size: tuple[int, int] | None = None
    orientation, position = 1, 2
    # Entropy-coded data after a scan header is searched for the next marker like any other gap.
    while match := _JPEG_MARKER.search(data, position):
        marker, start = data[match.end() - 1], match.end()
        if marker == 0xD9:
            if size is None:
                raise PictureError("is damaged: the JPEG file has no frame; copy it again")
            return Header("JPEG", size[1], size[0], orientation)
        (length,) = struct.unpack_from(">H", data, start)
        if marker in _JPEG_FRAMES and size is None:
            size = struct.unpack_from(">HH", data, start + 3)
        if marker == 0xE1 and data[start + 2 : start + 8] == b"Exif\0\0":
            orientation = _exif_orientation(data[start + 8 : start + length])
        position = start + length
    raise _cut("JPEG", "its end marker")


def _webp(data: bytes) -> Header:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise _cut("WebP", "its last chunk")
    chunk, body = data[12:16], 20
    if chunk == b"VP8X":
        width, height = 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    elif chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, body + 1)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif chunk == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, body + 6))
    else:
        raise PictureError("is damaged: the WebP file starts with an unknown chunk; copy it again")
    orientation, position = 1, 12
    while position + 8 <= end:
        chunk, length = data[position : position + 4], struct.unpack_from("<I", data, position + 4)[0]
        if chunk == b"EXIF":
            # Some writers keep JPEG's prefix.
            orientation = _exif_orientation(data[position + 8 : position + 8 + length].removeprefix(b"Exif\0\0"))
        position += 8 + length + length % 2
    return Header("WebP", width, height, orientation)


def _gif(data: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _gif_colors(flags)
    try:
        while data[position] == 0x21:  # extension: label, then sub-blocks
            position = _after_gif_blocks(data, position + 2)
        if data[position] != 0x2C:
            raise PictureError("is damaged: the GIF file has no frame; copy it again")
        # Image descriptor of ten bytes, its colours, the LZW code size, then sub-blocks.
        _after_gif_blocks(data, position + 10 + _gif_colors(data[position + 9]) + 1)
    except IndexError:
        raise _cut("GIF", "the end of its first frame") from None
    return Header("GIF", width, height)


def _gif_colors(flags: int) -> int:
    """Return the bytes of the colour table that `flags` announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_gif_blocks(data: bytes, position: int) -> int:
    while data[position]:
        position += 1 + data[position]
    return position + 1


def _bmp(data: bytes) -> Header:
    pixels, header_bytes = struct.unpack_from("<II", data, 10)
    if header_bytes == 12:  # OS/2
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    width, height = abs(width), abs(height)  # a negative height means rows from the top
    uncompressed = compression in (0, 3)
    if uncompressed and pixels + (width * bits + 31) // 32 * 4 * height > len(data):
        raise _cut("BMP", "its last row")
    return Header("BMP", width, height)


# TIFF 6.0 section 8 and Exif 2.32 share these numbers.
_WIDTH, _HEIGHT, _ORIENTATION, _EXTRA_SAMPLES = 256, 257, 274, 338
_STRIPS_OR_TILES = ((273, 279), (324, 325))


def _tiff(data: bytes) -> Header:
    tags = _tiff_tags(data)
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise PictureError("is damaged: the TIFF file does not give its size; copy it again")
    if _EXTRA_SAMPLES in tags:
        # OpenCV hands out some of these multiplied by their alpha and some not.
        raise PictureError("is a TIFF picture with an alpha channel; save it as PNG or without alpha")
    for offsets, counts in _STRIPS_OR_TILES:
        parts = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
        if any(offset + count > len(data) for offset, count in parts):
            raise _cut("TIFF", "its last strip")
    # OpenCV turns TIFF pictures upright itself.
    return Header("TIFF", tags[_WIDTH][0], tags[_HEIGHT][0])


def _tiff_tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the first directory's unsigned integer tags; IndexError or struct.error where the data ends early."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (entries,) = struct.unpack_from(order + "H", data, directory)
    tags = {}
    for position in range(directory + 2, directory + 2 + 12 * entries, 12):
        tag, kind, count = struct.unpack_from(order + "HHI", data, position)
        if kind not in (3, 4) or count == 0:
            continue
        code, size = ("H", 2) if kind == 3 else ("I", 4)
        start = position + 8 if count * size <= 4 else struct.unpack_from(order + "I", data, position + 8)[0]
        if start + count * size > len(data):
            raise IndexError
        tags[tag] = struct.unpack_from(f"{order}{count}{code}", data, start)
    return tags


def _exif_orientation(exif: bytes) -> int:
    """Return the orientation of an Exif block, 1 when it has none or cannot be understood, as viewers do."""
    try:
        orientation = _tiff_tags(exif).get(_ORIENTATION, (1,))[0]
    except (struct.error, IndexError, KeyError):
        return 1
    return orientation if 1 <= orientation <= 8 else 1


_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Header]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"II\*\0|MM\0\*"), _tiff),
)
