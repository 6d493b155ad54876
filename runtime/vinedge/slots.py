"""The best VIN of slot posteriors, exactly: dynamic programming over (position, grammar state).

A reader with one output for each of the 17 positions gives log probabilities `(17, C)` that are independent of one
another, so the best VIN of every outcome is found for certain: of all beginnings that lead to the same grammar state,
only the best can be the beginning of a best VIN. With 24 states and 33 symbols that is 13,000 steps.
"""

from __future__ import annotations

import numpy as np

from .charset import BLANK, text_from_classes
from .vin_grammar import VIN_GRAMMAR, Candidate, Grammar


def best_of_slots(log_probs: np.ndarray, grammar: Grammar = VIN_GRAMMAR) -> list[Candidate]:
    """Return the most probable line of every outcome, the most probable first.

    `log_probs` is `(L, C)` with the classes of `charset.py`; the column of the blank is not looked at. An outcome that
    no line of finite probability has is left out. Of equals, the one with lower classes from the front wins.
    """
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for position, row in enumerate(log_probs.astype(np.float64)):
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for state, (log_prob, prefix) in best.items():
            for index in range(BLANK + 1, log_probs.shape[1]):
                after = int(grammar.next[position, state, index])
                line = (log_prob + float(row[index]), (*prefix, index))
                if line[0] > -np.inf and (after not in longer or _better(line, longer[after])):
                    longer[after] = line
        best = longer

    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1]))
    found: dict[int, Candidate] = {}
    for state, (log_prob, prefix) in ranked:
        outcome = int(grammar.outcome[state])
        found.setdefault(outcome, Candidate(text_from_classes(prefix), outcome, log_prob))
    return list(found.values())


def _better(line: tuple[float, tuple[int, ...]], other: tuple[float, tuple[int, ...]]) -> bool:
    return (-line[0], line[1]) < (-other[0], other[1])
