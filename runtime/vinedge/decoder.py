"""From logits or slot posteriors to one decision: what was read, what VIN it is under a policy, and what changed.

    greedy reading ---- the policy is off ---------------------------------> it is the VIN, if it is one
                   ---- it is a VIN, and no other line can score higher ---> it is the VIN (the easy case, most lines)
                   ---- else: beam search ---> the policy's choice -------> it is the VIN, unless too unlikely

The slow, obvious twin of the C++ decoder.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .charset import BLANK, encode, text_from_classes
from .ctc import Decoded, decode_greedy
from .ctc_beam import prefix_beam
from .ctc_forward import log_probability
from .metrics import edit_distance
from .policy import Policy
from .slots import best_of_slots
from .vin import is_legal
from .vin_grammar import VIN_GRAMMAR, Candidate


class Decision(NamedTuple):
    """What a policy made of a line.

    `raw`: the greedy reading; `vin`: 17 legal characters, or None; `log_prob`: log P(vin | picture), None where nothing
    was weighed or no VIN is given; `n_changed`: edit distance from `raw` to `vin`, 0 without one; `candidates`: what
    was weighed, the most probable first. `off` weighs nothing, and the easy case only the reading itself.
    """

    raw: Decoded
    vin: str | None
    log_prob: float | None
    n_changed: int
    candidates: list[Candidate]


def decode(logits: np.ndarray, policy: Policy) -> Decision:
    """Return the decision on CTC logits `(T, 34)`."""
    raw = decode_greedy(logits)
    if policy.name == "off":
        return Decision(raw, raw.text if is_legal(raw.text) else None, None, 0, [])
    candidates = []
    if is_legal(raw.text):
        reading = Candidate(raw.text, outcome_of(raw.text), log_probability(logits, raw.text))
        if policy.settles(reading):
            return Decision(raw, raw.text, reading.log_prob, 0, [reading])
        candidates.append(reading)
    candidates += [found for found in prefix_beam(logits) if found.text != raw.text]
    return decided(raw, candidates, policy)


def decode_slots(log_probs: np.ndarray, policy: Policy) -> Decision:
    """Return the decision on slot log probabilities `(17, 34)`, whose blanks are not looked at."""
    symbols = log_probs[:, BLANK + 1 :].astype(np.float64)
    best = symbols.argmax(axis=1)
    confidences = [float(np.exp(row[index])) for row, index in zip(symbols, best, strict=True)]
    raw = Decoded(text_from_classes((best + 1).tolist()), confidences, list(range(len(best))))
    if policy.name == "off":
        return Decision(raw, raw.text, None, 0, [])
    return decided(raw, best_of_slots(log_probs), policy)


def decided(raw: Decoded, candidates: list[Candidate], policy: Policy) -> Decision:
    """Return the decision for the candidate that the policy chooses."""
    ranked = sorted(candidates, key=lambda candidate: -candidate.log_prob)
    chosen = policy.choose(ranked)
    if chosen is None:
        return Decision(raw, None, None, 0, ranked)
    return Decision(raw, chosen.text, chosen.log_prob, edit_distance(raw.text, chosen.text), ranked)


def outcome_of(vin: str) -> int:
    """Return the outcome (index of `vin_grammar.OUTCOMES`) of a legal VIN."""
    return int(VIN_GRAMMAR.outcome[VIN_GRAMMAR.walk(encode(vin))])
