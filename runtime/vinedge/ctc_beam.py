"""CTC prefix beam search for lines of exactly 17 symbols, the definition that the C++ search is held to.

Hannun et al. 2014 ("First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs",
algorithm 1), with two additions:

    lookahead   a prefix is judged by its own mass times that of all endings that make the line whole
                (`ctc_lookahead.py`), so the search keeps what can become 17 symbols, however short greedy reads
    grammar     of the prefixes of one length and one grammar state, which are alike for all that follows, only the
                best lives on; so the beam holds many check-digit residues, and with them the best VIN of every
                outcome, instead of many copies of the same doubt

Junk beside the VIN (an end mark read as X) needs no model of its own: a line of 17 symbols cannot hold it, so it is
dropped where the picture objects least. (Classes at a price outside the VIN were tried: no line more was read right.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .charset import BLANK, text_from_classes
from .ctc_forward import log_probability
from .ctc_lookahead import log_normalizer, look_ahead
from .vin_grammar import VIN_GRAMMAR, Candidate, Grammar

# Prefixes alive at a frame: room for the eleven residues of one length. Measured on 2,105 lines, of which a beam of 12
# proposes the right VIN for 1,633, one of 8 for 14 less, and one of 24 for 8 more.
WIDTH = 12
# A prefix dies when it is worth e^-9 of the best one: more than any weight of a policy makes good, e^7.
MARGIN = 9.0
# Symbols below e^-5 of their frame's best class are not tried, nor more than 5 in one frame: most frames keep the blank
# and none to three symbols, and no right VIN was lost by it.
FLOOR = 5.0
SYMBOLS = 5
# Lines that the search takes for less probable than e^-11 are not proposed: no policy gives a VIN below e^-8, and what
# pruning loses of a line's probability was less than e^2.5 for 99 of 100 candidates.
LOWEST_LOG_PROB = -11.0

Prefix = tuple[int, ...]


class Alive(NamedTuple):
    """A prefix in the beam: the mass of its alignments that end in a blank and in its last symbol; grammar state."""

    blank: float
    symbol: float
    state: int


def prefix_beam(
    logits: np.ndarray,
    grammar: Grammar = VIN_GRAMMAR,
    *,
    width: int = WIDTH,
    margin: float = MARGIN,
    floor: float = FLOOR,
    symbols: int = SYMBOLS,
    lowest_log_prob: float = LOWEST_LOG_PROB,
) -> list[Candidate]:
    """Return lines of `grammar.length` symbols for logits `(T, C)`, the most probable first, at most one a state.

    Empty where none is probable. The search finds the lines; their probabilities are exact.
    """
    weights = possible_weights(logits, floor, symbols)
    ahead = look_ahead(weights, grammar.length)
    if ahead.log_total - log_normalizer(logits) <= lowest_log_prob:
        return []

    beam: dict[Prefix, Alive] = {(): Alive(1.0, 0.0, 0)}
    for t, row in enumerate(weights):
        grown = grow(beam, row, grammar)
        worth = {
            prefix: alive.blank * ahead.after_blank[t + 1, len(prefix)]
            + alive.symbol * ahead.after_symbol[t + 1, len(prefix), prefix[-1] if prefix else BLANK]
            for prefix, alive in grown.items()
        }
        beam = {prefix: grown[prefix] for prefix in survivors(grown, worth, width, margin)}
        largest = max((alive.blank + alive.symbol for alive in beam.values()), default=1.0)
        beam = {p: Alive(a.blank / largest, a.symbol / largest, a.state) for p, a in beam.items()}

    candidates = []
    (first, largest), *_ = ((prefix, alive.blank + alive.symbol) for prefix, alive in beam.items())
    first_log_prob = log_probability(logits, text_from_classes(first))
    for prefix, alive in beam.items():
        if first_log_prob + np.log((alive.blank + alive.symbol) / largest) >= lowest_log_prob:
            text = text_from_classes(prefix)
            candidates.append(Candidate(text, int(grammar.outcome[alive.state]), log_probability(logits, text)))
    return sorted(candidates, key=lambda candidate: -candidate.log_prob)


def possible_weights(logits: np.ndarray, floor: float = FLOOR, symbols: int = SYMBOLS) -> np.ndarray:
    """Return weights `(T, C)`: probabilities in units of each frame's largest, 0 for symbols that are not tried."""
    weights: np.ndarray = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    for row in weights[:, BLANK + 1 :]:
        row[np.argsort(-row, kind="stable")[symbols:]] = 0.0
        row[row < np.exp(-floor)] = 0.0
    return weights


def grow(beam: dict[Prefix, Alive], row: np.ndarray, grammar: Grammar) -> dict[Prefix, Alive]:
    """Return every prefix after one more frame of weights `(C,)`: the old ones first, then the new ones."""
    grown = {}
    for prefix, (blank, symbol, state) in beam.items():
        again = symbol * row[prefix[-1]] if prefix else 0.0
        grown[prefix] = Alive((blank + symbol) * row[BLANK], again, state)
    for prefix, (blank, symbol, state) in beam.items():
        if len(prefix) == grammar.length:
            continue
        for index in np.flatnonzero(row).tolist():
            if index == BLANK:
                continue
            # Behind its own like, a symbol is a second one only after a blank.
            mass = (blank if prefix and index == prefix[-1] else blank + symbol) * row[index]
            longer = (*prefix, index)
            known = grown.get(longer)
            if known is None:
                after = int(grammar.next[len(prefix), state, index])
                grown[longer] = Alive(0.0, mass, after)
            else:
                grown[longer] = known._replace(symbol=known.symbol + mass)
    return grown


def survivors(grown: dict[Prefix, Alive], worth: dict[Prefix, float], width: int, margin: float) -> list[Prefix]:
    """Return at most `width` prefixes, the most worthy first, one for each length and state."""
    kept: dict[tuple[int, int], Prefix] = {}
    ranked = sorted(grown, key=lambda prefix: -worth[prefix])  # stable: of equals, the older one
    for prefix in ranked:
        if worth[prefix] <= 0 or worth[prefix] < worth[ranked[0]] * np.exp(-margin) or len(kept) == width:
            break
        kept.setdefault((len(prefix), grown[prefix].state), prefix)
    return list(kept.values())
