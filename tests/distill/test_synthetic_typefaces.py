"""Typefaces: complete, distinct, sized as promised, and there even when no font file is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vinedge.charset import SYMBOLS
from vinedge.distill.synthetic import font_files
from vinedge.distill.synthetic.kinds import BY_NAME
from vinedge.distill.synthetic.layout import Setting, SheetBuilder, set_line
from vinedge.distill.synthetic.skeletons import ALTERNATES, SKELETONS
from vinedge.distill.synthetic.strokes import DRAWN, StrokeStyle, draw_glyph
from vinedge.distill.synthetic.typefaces import BOTTOM, CAPS, TOP, Typeface, typefaces

FACES = [face for family in typefaces().values() for face in family]


def test_every_symbol_has_a_skeleton_and_every_alternate_a_symbol() -> None:
    assert set(SYMBOLS) <= set(SKELETONS)
    assert {name[0] for name in ALTERNATES} <= set(SKELETONS)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_a_face_draws_every_symbol_at_its_cap_height(face: Typeface) -> None:
    assert set(SYMBOLS) <= face.symbols
    for symbol in SYMBOLS:
        glyph = face.glyph(symbol, 40)
        x0, y0, x1, y1 = glyph.box
        assert glyph.mask.shape[0] == round((TOP + 1 + BOTTOM) * 40)
        assert 0 <= x0 < x1 <= glyph.mask.shape[1]
        assert 0.8 * 40 < y1 - y0 < 1.36 * 40, f"{symbol} is {y1 - y0} px high at 40 px cap height"
        assert 0.1 < glyph.advance / 40 < 2.2


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_no_two_symbols_of_a_face_look_the_same(face: Typeface) -> None:
    height = round((TOP + 1 + BOTTOM) * 28)
    canvas = {}
    for symbol in SYMBOLS:
        mask = face.glyph(symbol, 28).mask
        middle = np.zeros((height, 90), np.int32)
        left = (90 - mask.shape[1]) // 2
        middle[:, left : left + mask.shape[1]] = mask
        canvas[symbol] = middle
    for one, other in itertools.combinations(SYMBOLS, 2):
        difference = np.abs(canvas[one] - canvas[other]).sum() / canvas[one].sum()
        # 0 and D, 8 and B are close in square faces; equal would make the label unlearnable.
        assert difference > 0.05, f"{one} and {other} differ by {100 * difference:.1f} % of their ink"


def test_glyphs_are_cached() -> None:
    face = FACES[0]
    assert face.glyph("A", CAPS[0]) is face.glyph("A", CAPS[0])


def test_every_kind_finds_its_families_without_any_font_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_files, "find_spec", lambda name: None)
    typefaces.cache_clear()
    try:
        bare = typefaces()
        assert sum(len(family) for family in bare.values()) >= 50
        for kind in BY_NAME.values():
            assert set(kind.families) & set(bare), kind.name
    finally:
        typefaces.cache_clear()


def test_a_font_file_that_does_not_load_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ("matplotlib", "mpl-data", "matplotlibrc", "grotesque", 1.0, 0)
    monkeypatch.setattr(font_files, "_BUNDLED", (broken,))
    names = [name for name, *_ in font_files.font_faces(TOP, BOTTOM)]
    assert all("matplotlibrc" not in name for name in names)


def test_weight_makes_strokes_heavier_and_stencils_have_bridges() -> None:
    light, heavy = (draw_glyph("8", StrokeStyle(weight=weight), TOP, BOTTOM)[0] for weight in (0.07, 0.18))
    assert heavy.astype(int).sum() > 1.8 * light.astype(int).sum()
    plain, bridged = (draw_glyph("0", StrokeStyle(stencil=gap), TOP, BOTTOM)[0] for gap in (0.0, 0.1))
    assert bridged.astype(int).sum() < plain.astype(int).sum()


def test_a_dotted_face_leaves_gaps() -> None:
    mask, _ = draw_glyph("1", StrokeStyle(dots=0.2, weight=0.09, alternates=("1|",)), TOP, BOTTOM)
    rows = mask[round(TOP * DRAWN) : round((TOP + 1) * DRAWN)].max(axis=1) > 0
    assert np.abs(np.diff(rows.astype(int))).sum() >= 6


def test_boxes_of_a_set_line_hold_its_ink() -> None:
    rng = np.random.default_rng(1)
    for face in FACES[::7]:
        line = set_line("8AW1XMZ", face, 40, Setting(tracking=0.6, jitter_x=0.03, jitter_y=0.05), rng)
        sheet = SheetBuilder(float(line.boxes[-1, 2]), 40)
        sheet.line(line, 0.0, 0.0)
        left, top = sheet.origin
        inside = np.zeros(sheet.mask.shape, bool)
        for x0, y0, x1, y1 in line.boxes:
            rows = slice(int(top + y0) - 1, int(top + y1) + 2)
            columns = slice(int(left + x0) - 1, int(left + x1) + 2)
            assert sheet.mask[rows, columns].max() > 128
            inside[rows, columns] = True
        assert not (sheet.mask[~inside] > 128).any()


def test_a_grouped_line_leaves_a_gap_after_the_named_symbol() -> None:
    rng = np.random.default_rng(1)
    plain, grouped = (set_line("88888", FACES[0], 40, Setting(gaps=gaps), rng).boxes for gaps in ((), (2,)))
    steps = np.diff(grouped[:, 0]) - np.diff(plain[:, 0])
    assert np.abs(steps - np.array([0, 0, 18, 0])).max() <= 1  # 0.45 of the cap height, whole pixels


def test_system_fonts_are_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> list[object]:
        raise AssertionError("the system's fonts were looked for")

    monkeypatch.setattr(font_files, "_system_files", forbidden)
    list(font_files.font_faces(TOP, BOTTOM))
