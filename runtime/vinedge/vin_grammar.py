"""The VIN as a small automaton: what a decoder has to remember so as to know, at the end, whether a VIN conforms.

A VIN *conforms* when its check digit fits and, where the law makes one compulsory, position 10 holds a model year
that the law knows. Reading left to right, that takes two facts, which make one of 24 states:

    residue     sum of weight x value modulo 11, less the value of the check character once it was read; 0 at the end
                means that it fits. One number serves positions before and after the check character, because all that
                matters behind it is the difference. 11 stands for broken: nothing that follows can make it conform.
    compulsory  whether the first character is of a region where a check digit is law

The rules say what conforms, never what may be read: a European VIN with Z at position 9 and 0 at position 10 is a VIN.
What the answer is worth is the business of `policy.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .charset import NUM_CLASSES, SYMBOLS, VIN_LENGTH
from .vin import CHECK_SYMBOLS, COMPULSORY_REGIONS, VALUES, WEIGHTS

# 49 CFR 565.15(d)(1), table VII, and GB 16735: model years are letters without I, O, Q, U, Z and digits without 0.
MODEL_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
CHECK_POSITION = 8  # counted from 0
YEAR_POSITION = 9
BROKEN = 11
RESIDUES = 12  # 0 to 10, and BROKEN

# What a whole VIN turns out to be; the order in which a policy keeps its weights.
OUTCOMES = ("elsewhere", "elsewhere_conforming", "compulsory", "compulsory_conforming")


class Grammar(NamedTuple):
    """An automaton over symbols; it begins in state 0.

    `next` uint8 `(length, states, classes)`: the state after reading a class at a position, column 0 (blank) unused.
    `outcome` uint8 `(states,)`: what a line that ends in a state turned out to be.
    """

    next: np.ndarray
    outcome: np.ndarray

    @property
    def length(self) -> int:
        """How many symbols a line has."""
        return len(self.next)

    def walk(self, classes: Iterable[int]) -> int:
        """Return the state after `classes`, of which there may be at most `length`."""
        state = 0
        for position, index in enumerate(classes):
            state = int(self.next[position, state, index])
        return state


class Candidate(NamedTuple):
    """A whole line that a decoder proposes: `text`, its outcome (index of OUTCOMES), and log P(text | picture)."""

    text: str
    outcome: int
    log_prob: float


def step(position: int, state: int, symbol: str) -> int:
    """Return the state of a VIN after `symbol` at `position` (from 0)."""
    compulsory, residue = divmod(state, RESIDUES)
    if position == 0:
        compulsory = int(symbol in COMPULSORY_REGIONS)
    if residue != BROKEN and position == CHECK_POSITION:
        residue = (residue - CHECK_SYMBOLS.index(symbol)) % 11 if symbol in CHECK_SYMBOLS else BROKEN
    elif residue != BROKEN:
        residue = (residue + WEIGHTS[position] * VALUES[symbol]) % 11
    if position == YEAR_POSITION and compulsory and symbol not in MODEL_YEARS:
        residue = BROKEN
    return compulsory * RESIDUES + residue


def _vin_grammar() -> Grammar:
    table = np.zeros((VIN_LENGTH, 2 * RESIDUES, NUM_CLASSES), np.uint8)
    for position, state, index in np.ndindex(VIN_LENGTH, 2 * RESIDUES, len(SYMBOLS)):
        table[position, state, index + 1] = step(position, state, SYMBOLS[index])
    outcome = np.zeros(2 * RESIDUES, np.uint8)
    outcome[RESIDUES:] = OUTCOMES.index("compulsory")
    outcome[[0, RESIDUES]] += 1  # the conforming twin of each
    return Grammar(table, outcome)


VIN_GRAMMAR = _vin_grammar()
