"""What is printed beside a VIN: prefixes, end marks, fragments of the lines above and below, bars, frames."""

# ruff: noqa: RUF001
from __future__ import annotations

import numpy as np

from .chance import pick
from .layout import Setting, SheetBuilder, set_line
from .typefaces import Typeface, typefaces

PREFIXES = ("VIN:", "VIN", "V.I.N.", "V.I.N.:", "VIN NO.", "VIN-", "NO.", "FIN", "FIN:", "No", "V.I.N", "VIN.", "1.")
END_MARKS = ("*", "-", "☆", "★", "<>", "#", "+", "/", "**", "|", ".")
_END_MARK_SHARES = (0.43, 0.17, 0.14, 0.05, 0.04, 0.04, 0.03, 0.01, 0.04, 0.03, 0.02)
_WORDS = (
    "TYPE", "MODEL", "GVWR", "GAWR", "FRT", "RR", "LB", "KG", "kg", "Kg", "KG.", "kr", "МАССА", "ООО", "ЗАО",
    "ФОЛЬКСВАГЕН", "РУС", "НИССАН", "HYUNDAI", "MOTOR", "MFD BY", "DATE", "MADE IN", "GERMANY", "KOREA", "JAPAN",
    "PAINT", "TRIM", "ENGINE", "CO., LTD.", "VEHICLE", "CONFORMS", "AUTO", "АВТО", "Рус", "Мазда", "АвтоВАЗ", "COLOR",
    "TRANS", "AXLE", "WHEEL", "TIRE", "PSI", "kPa", "COLD", "MPV", "PASSENGER CAR", "MFG", "SEAT", "FORD", "OPEL",
    "S.A.", "AG", "GmbH",
)  # fmt: skip
_UNITS = ("kg", "Kg", "KG", "кг", "LB")
_APPROVALS = (
    "e11*2001/116*",
    "e1*98/14*",
    "e13*2007/46*",
    "E-RU.MT02.",
    "E-RU.AЯ04.",
    "TC RU E-",
    "e2*93/81*",
    "ECE R",
)


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(map(str, rng.integers(10, size=count)))


def neighbour_text(rng: np.random.Generator) -> str:
    """Return a line as approval plates hold: weights, approval numbers, words."""
    style = rng.random()
    if style < 0.3:
        return f"{_digits(rng, 4)} {_UNITS[rng.integers(len(_UNITS))]}"
    if style < 0.42:
        return f"{rng.integers(3)}- {_digits(rng, 4)} kg"
    if style < 0.7:
        return _APPROVALS[rng.integers(len(_APPROVALS))] + _digits(rng, int(rng.integers(4, 8)))
    if style < 0.8:
        return _digits(rng, int(rng.integers(3, 16)))
    return " ".join(_WORDS[index] for index in rng.integers(len(_WORDS), size=rng.integers(1, 4)))


def add_neighbours(sheet: SheetBuilder, face: Typeface, above: bool, below: bool, rng: np.random.Generator) -> None:
    """Print lines above and below the VIN, in its face or another, at about its size."""
    cap = sheet.cap
    for wanted, direction in ((above, -1), (below, 1)):
        if not wanted:
            continue
        other = face
        if rng.random() < 0.25:
            family = typefaces()["grotesque"]
            other = family[rng.integers(len(family))]
        line = set_line(neighbour_text(rng), other, cap, Setting(tracking=float(rng.uniform(0, 0.12))), rng)
        scale = float(rng.uniform(0.65, 1.15)) if rng.random() < 0.6 else 1.0
        gap = cap * float(rng.uniform(0.12, 0.75))
        y = cap + gap if direction > 0 else -gap - cap * scale
        free = sheet.length - line.boxes[-1, 2] * scale
        x = 0.0 if rng.random() < 0.5 else float(rng.uniform(-0.3, 1.0)) * max(free, cap)
        sheet.line(line, x, y, scale, float(rng.uniform(0.6, 1.0)))
        if rng.random() < 0.3:  # a second line further out, seen only in the loosest crops
            far = set_line(neighbour_text(rng), other, cap, Setting(), rng)
            sheet.line(far, x, y + direction * (cap * scale + gap), scale, float(rng.uniform(0.6, 1.0)))
        if scale < 0.9 and rng.random() < 0.3 and free > 6 * cap:
            more = set_line(neighbour_text(rng), other, cap, Setting(), rng)
            sheet.line(more, x + line.boxes[-1, 2] * scale + 2 * cap, y, scale, 1.0)


def add_barcode(sheet: SheetBuilder, rng: np.random.Generator, difficulty: float) -> None:
    """Print a barcode above or below the VIN; the harder the set, the more often it runs a little into the text."""
    cap = sheet.cap
    gap = cap * float(rng.uniform(-0.12, 0.04) if rng.random() < 0.08 + 0.64 * difficulty else rng.uniform(0.02, 0.3))
    tall = cap * float(rng.uniform(0.35, 1.6))
    inset = sheet.length * float(rng.uniform(-0.04, 0.06))
    x0 = inset if rng.random() < 0.75 else sheet.length * float(rng.uniform(0.1, 0.5))
    x1 = sheet.length - inset
    module = max(1.0, sheet.length / float(rng.uniform(110, 290)))
    y = cap + gap if rng.random() < 0.72 else -gap - tall
    sheet.barcode(x0, x1, y, y + tall, module, rng)


def add_frame(sheet: SheetBuilder, rng: np.random.Generator) -> None:
    """Draw a box around the VIN, or some of its sides: rules above and below, bars at the ends."""
    cap, length = sheet.cap, sheet.length
    pen = max(1.0, cap * float(rng.uniform(0.03, 0.09)))
    left, right = -cap * float(rng.uniform(0.15, 0.6)), length + cap * float(rng.uniform(0.1, 0.6))
    top, bottom = -cap * float(rng.uniform(0.15, 0.6)), cap * float(rng.uniform(1.15, 1.6))
    sides = rng.random(4) < (0.85 if rng.random() < 0.5 else 0.4)
    strength = float(rng.uniform(0.45, 1.0))
    if sides[0]:
        sheet.bar(left, top - pen, right, top, strength)
    if sides[1]:
        sheet.bar(left, bottom, right, bottom + pen, strength)
    if sides[2]:
        sheet.bar(left - pen, top, left, bottom, strength)
    if sides[3]:
        sheet.bar(right, top, right + pen, bottom, strength)


def draw_end_marks(rng: np.random.Generator) -> tuple[str, str]:
    """Return the marks before and after a framed VIN; rarely one of them is missing."""
    mark = END_MARKS[pick(rng, _END_MARK_SHARES)]
    before, after = (mark[0], mark[-1]) if mark == "<>" else (mark, mark)
    drop = rng.random()
    return ("" if drop < 0.05 else before), ("" if drop > 0.95 else after)
