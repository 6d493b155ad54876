"""Reading picture files: what comes out is held to Pillow, what cannot be read is one sentence."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.errors import VinEdgeError
from vinedge.picture import MAX_FILE_BYTES, decode_picture, load_picture, pictures_in, quiet_decoders

Image = pytest.importorskip("PIL.Image", reason="Pillow is the oracle here")
ImageOps = pytest.importorskip("PIL.ImageOps")

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
EXACT = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True, "exact": True}}


def blocks(channels: int, seed: int = 0, dtype: type = np.uint8) -> np.ndarray:
    """Random 8 x 8 blocks, 40 high and 120 wide: no two corners alike, so every orientation shows."""
    top = np.iinfo(dtype).max
    cells = np.random.default_rng(seed).integers(0, top, (5, 15, channels), dtype, endpoint=True)
    return np.kron(cells, np.ones((8, 8, 1), dtype)).squeeze()


def encoded(kind: str, picture, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **EXACT.get(kind, {}), **options)
    return buffer.getvalue()


def as_pillow_shows(data: bytes) -> np.ndarray:
    """The first frame, upright, on white, BGR."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if picture.mode == "I;16":
        scaled = np.rint(np.asarray(picture).astype(np.float64) / 257).astype(np.uint8)
        return np.repeat(scaled[:, :, None], 3, axis=2)
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(white.convert("RGB"))[:, :, ::-1]


def assert_shown(data: bytes, tolerance: int = 0) -> None:
    picture = decode_picture(data, "test")
    expected = as_pillow_shows(data)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    assert_shown(encoded(kind, Image.fromarray(blocks(3)), exif=exif))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_to_16_bit_pictures(orientation: int) -> None:
    picture = Image.fromarray(blocks(1, dtype=np.uint16))
    exif = Image.Exif()
    exif[274] = orientation
    assert_shown(encoded("PNG", picture, exif=exif))
    assert_shown(encoded("TIFF", picture, tiffinfo={274: orientation}))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("mode", ["L", "1", "RGB"])
def test_every_format_and_mode(kind: str, mode: str) -> None:
    assert_shown(encoded(kind, Image.fromarray(blocks(3)).convert(mode)))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
def test_palettes(kind: str) -> None:
    assert_shown(encoded(kind, Image.fromarray(blocks(3)).convert("P")))


@pytest.mark.parametrize(("kind", "tolerance"), [("JPEG", 1), ("TIFF", 0)])
def test_cmyk(kind: str, tolerance: int) -> None:
    assert_shown(encoded(kind, Image.fromarray(blocks(3)).convert("CMYK")), tolerance)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF"])
def test_transparent_parts_are_shown_on_white(kind: str) -> None:
    assert_shown(encoded(kind, Image.fromarray(blocks(4))))


def test_a_fully_transparent_picture_is_white() -> None:
    clear = Image.fromarray(np.zeros((8, 8, 4), np.uint8))
    assert (decode_picture(encoded("PNG", clear), "clear") == 255).all()


def test_gray_with_alpha_and_palette_with_a_transparent_color() -> None:
    assert_shown(encoded("PNG", Image.fromarray(blocks(2))))
    palette = Image.fromarray(blocks(3)).convert("P")
    assert_shown(encoded("PNG", palette, transparency=palette.getpixel((0, 0))))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_first_frame_of_an_animation(kind: str) -> None:
    first, second = Image.fromarray(blocks(3)), Image.fromarray(blocks(3, seed=1))
    assert_shown(encoded(kind, first, save_all=True, append_images=[second]))


def test_sixteen_bit_values_are_scaled_to_eight() -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    picture = decode_picture(cv2.imencode(".png", ramp)[1].tobytes(), "ramp")
    assert (picture[:, :, 0] == np.rint(ramp / 257)).all()


def test_one_pixel_is_a_picture() -> None:
    assert decode_picture(encoded("PNG", Image.new("RGB", (1, 1), (1, 2, 3))), "dot").tolist() == [[[3, 2, 1]]]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_truncation_is_refused(kind: str) -> None:
    data = encoded(kind, Image.fromarray(blocks(3)))
    end = len(data) - 2  # GIF's last byte carries nothing
    for length in sorted({*range(min(200, end)), *range(0, end, 1 + end // 200), end - 1}):
        with pytest.raises(VinEdgeError, match=r"^picture cut\.x (is truncated|is empty|is not a|is damaged)"):
            decode_picture(data[:length], "cut.x")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *, rows: bytes = b"\0" * 1000) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def giant(kind: str) -> bytes:
    """A small file whose header says 30,000 x 30,000 pixels."""
    data = bytearray(encoded(kind, Image.fromarray(blocks(3)).convert("RGB")))
    side = 30_000
    if kind == "PNG":
        return png(side, side)
    if kind == "JPEG":
        frame = data.index(b"\xff\xc0")
        struct.pack_into(">HH", data, frame + 5, side, side)
    elif kind == "GIF":
        struct.pack_into("<HH", data, 6, side, side)
    elif kind == "BMP":
        struct.pack_into("<iiHHI", data, 18, side, side, 1, 8, 1)  # run-length coded, so no row is missing
    elif kind == "WEBP":
        extended = b"\0\0\0\0" + (side - 1).to_bytes(3, "little") * 2
        body = b"WEBPVP8X" + struct.pack("<I", 10) + extended + bytes(data[12:])
        return b"RIFF" + struct.pack("<I", len(body)) + body
    else:
        (directory,) = struct.unpack_from("<I", data, 4)
        (entries,) = struct.unpack_from("<H", data, directory)
        for position in range(directory + 2, directory + 2 + 12 * entries, 12):
            if struct.unpack_from("<H", data, position)[0] in (256, 257):
                struct.pack_into("<HII", data, position + 2, 4, 1, side)
    return bytes(data)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_header_that_asks_for_gigabytes_is_refused(kind: str) -> None:
    with pytest.raises(VinEdgeError, match="has 30000 x 30000 pixels, more than 100 megapixels; crop it"):
        decode_picture(giant(kind), "giant")


def test_a_giant_header_allocates_nothing(tmp_path: Path) -> None:
    (tmp_path / "giant.png").write_bytes(giant("PNG"))
    code = (
        "import sys, resource, pathlib\n"
        "from vinedge.picture import load_picture\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: load_picture(pathlib.Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "giant.png")]
    name, grown_kib = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert name == "VinEdgeError"
    assert int(grown_kib) < 80 * 1024  # the read buffer of at most 64 MiB, nothing of 2.7 GB


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", r"is empty \(0 bytes\); copy it again"),
        (b"hello, world", "is not a PNG, JPEG, WebP, BMP, GIF or TIFF picture; convert it"),
        (b"%PDF-1.7\n", "is not a PNG"),
        (png(0, 5), "is damaged: its header says 0 x 5 pixels"),
        (png(300, 300), r"is damaged: OpenCV [0-9.]+ cannot decode its PNG data; copy it again"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"") + b"\0" * 20, "must start with its IHDR chunk"),
        (b"\xff\xd8\xff\xd9", "is damaged: the JPEG file has no frame"),
        (b"RIFF\x14\0\0\0WEBPXYZ " + b"\0" * 16, "starts with an unknown chunk"),
        (b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0) + b";", "the GIF file has no frame"),
        (b"II*\0\x08\0\0\0\0\0", "does not give its size"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, sentence: str) -> None:
    with pytest.raises(VinEdgeError, match=f"^picture a.png .*{sentence}") as error:
        decode_picture(data, "a.png")
    assert "\n" not in str(error.value)


def test_a_file_over_64_mib_is_refused() -> None:
    with pytest.raises(VinEdgeError, match="is larger than 64 MiB"):
        decode_picture(png(4, 4) + bytes(MAX_FILE_BYTES), "big")


def test_tiff_with_float_values_or_alpha_is_refused() -> None:
    with pytest.raises(VinEdgeError, match="has float32 values; save it with 8 or 16 bits"):
        decode_picture(encoded("TIFF", Image.fromarray(np.zeros((4, 4), np.float32))), "float")
    with pytest.raises(VinEdgeError, match="alpha channel; save it as PNG"):
        decode_picture(encoded("TIFF", Image.fromarray(blocks(4))), "alpha")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_damage_never_escapes_as_another_exception(kind: str, draw: st.DataObject) -> None:
    data = bytearray(encoded(kind, Image.fromarray(blocks(3))))
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(0, min(len(data) - 1, 400)))] = draw.draw(st.integers(0, 255))
    try:
        picture = decode_picture(bytes(data), "damaged")
    except VinEdgeError:
        return
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3


def test_load_picture_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(VinEdgeError, match=r"picture .*no\.png does not exist"):
        load_picture(tmp_path / "no.png")
    with pytest.raises(VinEdgeError, match="is a folder, not a picture"):
        load_picture(tmp_path)
    with pytest.raises(VinEdgeError, match=r"cannot read picture .*Not a directory"):
        (tmp_path / "file").write_text("x")
        load_picture(tmp_path / "file" / "a.png")
    with pytest.raises(VinEdgeError, match="is larger than 64 MiB"):
        load_picture(Path("/dev/zero"))


@contextmanager
def nobody() -> Iterator[None]:
    """Root may read everything: be somebody else for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_unreadable_files_and_folders(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    picture = tmp_path / "locked.png"
    picture.write_bytes(png(4, 4))
    picture.chmod(0)
    locked.chmod(0)
    with nobody():
        with pytest.raises(VinEdgeError, match=r"cannot read picture .*locked\.png: Permission denied; check"):
            load_picture(picture)
        with pytest.raises(VinEdgeError, match=r"cannot list folder .*locked: Permission denied; check"):
            pictures_in(locked)
    locked.chmod(0o700)


def test_pictures_in_a_folder_are_sorted_and_by_extension(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "c.tiff", "notes.txt", "._a.jpg", ".hidden.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "deeper").mkdir()
    assert [file.name for file in pictures_in(tmp_path)] == ["a.jpg", "b.PNG", "c.tiff"]
    with pytest.raises(VinEdgeError, match="holds no picture"):
        pictures_in(tmp_path / "deeper")
    with pytest.raises(VinEdgeError, match=r"cannot list folder .*: No such file"):
        pictures_in(tmp_path / "missing")


def test_quiet_decoders_silences_c_code_only(capfd: pytest.CaptureFixture[str]) -> None:
    chatter = png(300, 300)
    with quiet_decoders():
        with pytest.raises(VinEdgeError):
            decode_picture(chatter, "chatter")
        print("python speaks", file=sys.stderr)
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err.splitlines() == ["python speaks", "afterwards"]


def test_quiet_decoders_leaks_no_descriptor() -> None:
    def descriptors() -> int:
        return sum(1 for number in range(256) if _is_open(number))

    before = descriptors()
    for _ in range(5):
        with quiet_decoders():
            pass
    assert descriptors() == before


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
