"""The generator: reproducible, truthful about where characters are, legible, and clear about wrong settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vinedge.distill.synthetic import generator as module
from vinedge.distill.synthetic.camera import clarity, compress, draw_camera, expose, is_legible
from vinedge.distill.synthetic.generator import KINDS, Generator
from vinedge.distill.synthetic.kinds import BY_NAME
from vinedge.distill.synthetic.poses import WIDEST
from vinedge.distill.synthetic.vins import HELD_OUT_WMIS
from vinedge.errors import VinEdgeError
from vinedge.preprocess import gray_from_bgr
from vinedge.vin import is_legal


def test_a_line_is_what_it_says() -> None:
    line = Generator(1).draw(0)
    assert line.picture.dtype == np.uint8 and line.picture.ndim == 3 and line.picture.shape[2] == 3
    assert is_legal(line.vin)
    assert line.kind in KINDS
    assert line.boxes.shape == (17, 4) and line.boxes.dtype == np.float32
    assert line.centers.shape == (17, 2) and line.centers.dtype == np.float32


def test_a_line_depends_on_settings_seed_and_index_only() -> None:
    forth = Generator(5)
    back = Generator(5)
    first = {index: forth.draw(index) for index in range(12)}
    for index in reversed(range(12)):
        again = back.draw(index)
        assert again.vin == first[index].vin == back.vin(index)
        np.testing.assert_array_equal(again.picture, first[index].picture)
        np.testing.assert_array_equal(again.boxes, first[index].boxes)


def test_seed_index_and_difficulty_all_matter() -> None:
    vins = {Generator(seed).vin(index) for seed in range(5) for index in range(20)}
    assert len(vins) == 100
    easy, hard = (Generator(1, difficulty=difficulty).draw(3).picture for difficulty in (0.0, 1.0))
    assert easy.shape != hard.shape or (easy != hard).any()


def test_the_color_picture_has_the_gray_picture_as_its_luma() -> None:
    generator = Generator(2)
    for index in range(60):
        color, gray = generator.draw(index), generator.draw(index, color=False)
        assert gray.picture.ndim == 2
        assert color.vin == gray.vin and color.kind == gray.kind
        np.testing.assert_array_equal(color.boxes, gray.boxes)
        difference = np.abs(gray_from_bgr(color.picture).astype(int) - gray.picture)
        # Rounding, chroma clipped at black and white, and JPEG's separate coding of chroma.
        assert difference.mean() < 3.5, index


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing but the ink of the VIN: no neighbours, no light, no camera."""
    for name, kind in list(BY_NAME.items()):
        plain = replace(
            kind, prefix=0, end_marks=0, neighbours=0, barcode=0, frame=0, uneven=0, paint=lambda s, *_: s.ink() * 255
        )
        monkeypatch.setitem(BY_NAME, name, plain)
    monkeypatch.setattr(module, "expose", lambda gray, camera, rng: np.rint(gray).astype(np.uint8))
    monkeypatch.setattr(module, "compress", lambda picture, quality: picture)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_boxes_hold_the_ink_under_every_geometry(difficulty: float) -> None:
    generator = Generator(3, difficulty=difficulty)
    for index in range(120):
        line = generator.draw(index, color=False)
        height, width = line.picture.shape
        assert (np.diff(line.centers[:, 0]) > 0).all(), index
        inside = np.zeros((height, width), bool)
        for x0, y0, x1, y1 in line.boxes:
            rows = slice(max(0, int(y0 - 1)), max(0, int(y1 + 2)))
            columns = slice(max(0, int(x0 - 1)), max(0, int(x1 + 2)))
            inside[rows, columns] = True
            if x0 >= 0 and y0 >= 0 and x1 < width and y1 < height:
                assert line.picture[rows, columns].max() > 60, index
        assert not (line.picture[~inside] > 110).any(), index


@pytest.mark.usefixtures("bare")
def test_centers_lie_in_their_boxes_and_boxes_follow_the_reading_order() -> None:
    generator = Generator(4, difficulty=0.8)
    for index in range(80):
        line = generator.draw(index, color=False)
        x0, y0, x1, y1 = line.boxes.T
        x, y = line.centers.T
        assert ((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)).all(), index
        # A character is cut at most a little: crops are tight, never wrong.
        height, width = line.picture.shape
        assert (x > -1).all() and (x < width + 1).all() and (y > 0).all() and (y < height).all(), index


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_at_every_difficulty(kind: str) -> None:
    for difficulty in (0.0, 0.5, 1.0):
        generator = Generator(7, difficulty=difficulty, kinds=[kind])
        lines = [generator.draw(index, color=False) for index in range(12)]
        assert {line.kind for line in lines} == {kind}
        shapes = {line.picture.shape for line in lines}
        assert len(shapes) > 6, "crops come in many sizes"
        for line in lines:
            height, width = line.picture.shape
            assert 8 <= height <= 400 and 60 <= width <= WIDEST + 1
            # Whatever the last attempt gave, most characters stand out.
            assert np.median(clarity(line.picture, line.boxes)) > 1.0


def test_all_kinds_occur_in_their_shares() -> None:
    generator = Generator(8)
    drawn = [generator.draw(index, color=False).kind for index in range(250)]
    assert set(drawn) == set(KINDS)
    assert 0.28 < drawn.count("windshield") / 250 < 0.46


def test_small_text_is_drawn_and_becomes_the_more_frequent_the_harder() -> None:
    def heights(difficulty: float) -> np.ndarray:
        lines = [Generator(9, difficulty=difficulty).draw(index, color=False) for index in range(80)]
        return np.array([np.median(line.boxes[:, 3] - line.boxes[:, 1]) for line in lines])

    easy, hard = heights(0.0), heights(1.0)
    assert np.median(hard) < np.median(easy)
    assert (hard < 14).any()


def test_lines_tilt_by_up_to_five_degrees_and_more_in_a_hard_set() -> None:
    def tilts(difficulty: float) -> np.ndarray:
        lines = [Generator(10, difficulty=difficulty).draw(index, color=False) for index in range(100)]
        x, y = np.array([line.centers[-1] - line.centers[0] for line in lines]).T
        return np.abs(np.rad2deg(np.arctan2(y, x)))

    easy, hard = tilts(0.0), tilts(1.0)
    assert easy.max() < 6.5  # 5 degrees, and a little from perspective
    assert np.median(easy) < np.median(hard)
    assert hard.max() > 7


def test_held_out_makers_appear_only_on_request() -> None:
    assert all(Generator(1).vin(index)[:3] not in HELD_OUT_WMIS for index in range(500))
    assert all(Generator(1, held_out_wmis=True).vin(index)[:3] in HELD_OUT_WMIS for index in range(200))


def test_a_flat_or_noisy_picture_is_not_legible_and_a_striped_one_is() -> None:
    rng = np.random.default_rng(1)
    camera = replace(draw_camera(rng, 20.0, 0.5), noise=10.0)
    boxes = np.array([[10 * k, 4, 10 * k + 8, 28] for k in range(17)], np.float32)
    slope = np.tile(np.linspace(20, 200, 180), (32, 1)).astype(np.uint8)
    noise = np.clip(rng.normal(100, 10, (32, 180)), 0, 255).astype(np.uint8)
    stripes = np.tile(np.array([40, 40, 200, 200, 200], np.uint8), (32, 36))
    assert not is_legible(slope, boxes, camera)
    assert not is_legible(noise, boxes, camera)
    assert is_legible(stripes, boxes, camera)


def test_a_neutral_camera_changes_nothing() -> None:
    scene = np.random.default_rng(2).integers(0, 256, (30, 200)).astype(np.float32)
    neutral = replace(
        draw_camera(np.random.default_rng(1), 20.0, 0.0),
        focus=0.0, motion=(0.0, 0.0), zoom=1.0, gain=1.0, gamma=1.0, offset=0.0, noise=0.0, sharpen=0.0, jpeg=0,
    )  # fmt: skip
    picture = expose(scene, neutral, np.random.default_rng(3))
    np.testing.assert_array_equal(picture, scene.astype(np.uint8))
    assert compress(picture, 0) is picture
    assert compress(picture, 40).shape == picture.shape


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"kinds": ["windsheld"]}, "unknown kind 'windsheld'; did you mean 'windshield'?"),
        ({"kinds": []}, "no kinds given"),
        ({"difficulty": 1.5}, "difficulty must be between 0 and 1, got 1.5"),
        ({"seed": -1}, "the seed must not be negative, got -1"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(VinEdgeError) as error:
        Generator(**{"seed": 1, **settings})  # type: ignore[arg-type]
    assert sentence in str(error.value)
