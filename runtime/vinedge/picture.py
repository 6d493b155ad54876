"""Picture file -> BGR uint8 (H, W, 3), or one sentence that says why not.

The container is checked before it is decoded (`picture_header.py`): a header that asks for gigabytes is
refused without allocating them, and a truncated file is reported instead of being half read. What comes
out looks the way a viewer shows it: turned upright (Exif), transparent parts on white (most transparent
line pictures are dark print), 16-bit values scaled to 8 (65535 -> 255), gray as three equal channels,
and of an animation or a multi-page file the first frame.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from .errors import VinEdgeError
from .picture_header import PictureError, read_header

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 100_000_000


def load_picture(path: Path) -> np.ndarray:
    """Return the picture in `path` as BGR uint8 `(H, W, 3)`; `VinEdgeError` names the file and the reason."""
    try:
        with path.open("rb") as file:
            # One byte more than allowed tells a large file from a whole one, for pipes and devices too.
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise VinEdgeError(f"picture {path} does not exist; check its path") from None
    except IsADirectoryError:
        raise VinEdgeError(f"{path} is a folder, not a picture; name a picture in it") from None
    except OSError as reason:
        raise VinEdgeError(f"cannot read picture {path}: {reason.strerror}; check its path and permissions") from None
    return decode_picture(data, str(path))


def decode_picture(data: bytes, name: str) -> np.ndarray:
    """Return an encoded picture as BGR uint8 `(H, W, 3)`; `name` stands for it in errors (`VinEdgeError`)."""
    try:
        return _decode(data)
    except PictureError as fault:
        raise VinEdgeError(f"picture {name} {fault}") from None


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures that lie directly in `folder`, by extension, sorted by name; hidden files are passed over.

    `VinEdgeError` when the folder cannot be listed or holds no picture.
    """
    try:
        files = sorted(folder.iterdir())
    except OSError as reason:
        raise VinEdgeError(f"cannot list folder {folder}: {reason.strerror}; check its path and permissions") from None
    pictures = [file for file in files if file.suffix.lower() in EXTENSIONS and not file.name.startswith(".")]
    if not pictures:
        raise VinEdgeError(f"folder {folder} holds no picture ({' '.join(EXTENSIONS)}); name another folder")
    return pictures


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Discard what decoders' C code prints on stderr while a command runs; Python's own stderr stays as it is.

    libpng, libjpeg and FFmpeg print warnings that a user can neither act on nor switch off. File descriptor 2
    belongs to the whole process, so this is for a command's main thread, not for libraries.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    python_stderr = sys.stderr
    if python_stderr is sys.__stderr__:
        sys.stderr = os.fdopen(kept, "w", buffering=1, errors="backslashreplace", closefd=False)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = python_stderr
        os.dup2(kept, 2)
        os.close(kept)


def _decode(data: bytes) -> np.ndarray:
    if not data:
        raise PictureError("is empty (0 bytes); copy it again")
    if len(data) > MAX_FILE_BYTES:
        raise PictureError(f"is larger than {MAX_FILE_BYTES // 2**20} MiB; crop it to the VIN or compress it")
    header = read_header(data)
    size = f"{header.width} x {header.height} pixels"
    if not header.width or not header.height:
        raise PictureError(f"is damaged: its header says {size}; copy it again")
    if header.width * header.height > MAX_PIXELS:
        raise PictureError(f"has {size}, more than {MAX_PIXELS // 10**6} megapixels; crop it to the VIN")
    # UNCHANGED is the only mode that keeps alpha and depth; orientation is then ours to apply.
    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError):
        stored = None
    if stored is None:
        # OpenCV before 4.12 knows neither GIF nor animated WebP.
        raise PictureError(
            f"is damaged: OpenCV {cv2.__version__} cannot decode its {header.kind} data; "
            "copy it again or convert it to PNG"
        )
    return _upright(_bgr(_eight_bits(stored)), header.orientation)


def _eight_bits(stored: np.ndarray) -> np.ndarray:
    if stored.dtype == np.uint8:
        return stored
    if stored.dtype == np.uint16:
        return cv2.convertScaleAbs(stored, alpha=1 / 257)
    raise PictureError(f"has {stored.dtype} values; save it with 8 or 16 bits a channel")


def _bgr(stored: np.ndarray) -> np.ndarray:
    if stored.ndim == 2:
        return cv2.cvtColor(stored, cv2.COLOR_GRAY2BGR)
    if stored.shape[2] == 3:
        return stored
    # color * alpha + white * (1 - alpha), in place: a picture of 100 megapixels is 400 MB already
    picture, alpha = cv2.cvtColor(stored, cv2.COLOR_BGRA2BGR), cv2.cvtColor(stored[:, :, 3], cv2.COLOR_GRAY2BGR)
    cv2.multiply(picture, alpha, dst=picture, scale=1 / 255)
    return cv2.add(picture, cv2.bitwise_not(alpha, dst=alpha), dst=picture)


def _upright(picture: np.ndarray, orientation: int) -> np.ndarray:
    """Turn a stored picture as Exif's orientation 1..8 asks (Exif 2.32, tag 274)."""
    if orientation in (5, 7):
        picture = cv2.transpose(picture)
    if orientation in (2, 4):
        return cv2.flip(picture, 1 if orientation == 2 else 0)
    turn = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 7: cv2.ROTATE_180, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return cv2.rotate(picture, turn[orientation]) if orientation in turn else picture
