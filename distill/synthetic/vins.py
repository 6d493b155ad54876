"""VINs that look like the world's: real makers and structures, and some drawn uniformly over the alphabet.

Three sources, mixed by `SHARES`:
    template  a maker of `wmis.py` and one of its templates: `ZZZ` runs, model years, digit tails, valid check digits
    uniform   all seventeen symbols uniform over the 33 symbols, so that every position sees every symbol (position 9
              is mended where a check digit is compulsory)
    tail      a real maker, the other fourteen uniform, with a valid check digit (what a foreign template would hold)
"""

from __future__ import annotations

import numpy as np

from vinedge.charset import SYMBOLS, VIN_LENGTH
from vinedge.vin import check_digit, check_symbol
from vinedge.vin_grammar import MODEL_YEARS

from .wmis import HELD_OUT_WMIS, MAKERS, Maker

__all__ = ["HELD_OUT_WMIS", "MAKERS", "draw_vin"]

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
# Share of VINs by source. Half are ones no maker would issue: a reader must not learn that position 4 is a Z.
SHARES = {"template": 0.62, "uniform": 0.24, "tail": 0.14}
# Serial numbers and plant codes repeat digits more often than chance: "0011055", "1114444".
REPEAT_SHARE = 0.12

_TRAINED = tuple(maker for maker in MAKERS if maker.wmi not in HELD_OUT_WMIS)
_HELD_OUT = tuple(maker for maker in MAKERS if maker.wmi in HELD_OUT_WMIS)


def _edges(makers: tuple[Maker, ...]) -> np.ndarray:
    """Return the cumulative shares of `makers`; the last edge is 1 or above, so that a draw below 1 always lands."""
    total = np.cumsum([maker.weight for maker in makers])
    edges: np.ndarray = total / total[-1]
    edges[-1] = 1.0
    return edges


_TRAINED_EDGES, _HELD_OUT_EDGES = _edges(_TRAINED), _edges(_HELD_OUT)
_POOLS = {"@": LETTERS, "#": "0123456789", "?": SYMBOLS, "~": MODEL_YEARS}


def _fill(template: str, rng: np.random.Generator) -> str:
    """Return `template` with its wild cards drawn; `!` stays for the check digit."""
    symbols: list[str] = []
    for mark, draw, repeat in zip(template, rng.random(len(template)), rng.random(len(template)), strict=True):
        pool = _POOLS.get(mark)
        if pool is None:
            symbols.append(mark)
        elif repeat < REPEAT_SHARE and symbols and symbols[-1] in pool:
            symbols.append(symbols[-1])
        else:
            symbols.append(pool[int(draw * len(pool))])
    return "".join(symbols)


def with_check_digit(vin: str) -> str:
    """Return `vin` (17 characters, position 9 ignored) with the valid check digit at position 9."""
    blank = f"{vin[:8]}0{vin[9:]}"
    return f"{vin[:8]}{check_symbol(blank)}{vin[9:]}"


def _uniform(rng: np.random.Generator, length: int) -> str:
    return "".join(SYMBOLS[index] for index in rng.integers(len(SYMBOLS), size=length))


def draw_vin(rng: np.random.Generator, held_out: bool = False) -> str:
    """Draw one VIN of 17 legal characters.

    With `held_out` its WMI is one of `HELD_OUT_WMIS`; without, it never is.
    """
    makers, edges = (_HELD_OUT, _HELD_OUT_EDGES) if held_out else (_TRAINED, _TRAINED_EDGES)
    maker = makers[int(np.searchsorted(edges, rng.random(), side="right"))]
    source = rng.random()
    if source < SHARES["template"]:
        template = maker.templates[int(rng.integers(len(maker.templates)))]
        vin = maker.wmi + _fill(template, rng)
        return with_check_digit(vin) if template[5] == "!" else vin
    if source < SHARES["template"] + SHARES["uniform"] and not held_out:
        vin = _uniform(rng, VIN_LENGTH)
        if vin[:3] in HELD_OUT_WMIS:
            vin = maker.wmi + vin[3:]
        return with_check_digit(vin) if check_digit(vin) == "invalid" else vin
    return with_check_digit(maker.wmi + _uniform(rng, 14))
