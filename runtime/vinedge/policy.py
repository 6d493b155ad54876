"""What the check digit may do to a reading: `off | prefer | require | auto`.

A policy is a prior over the four outcomes of a VIN (`vin_grammar.OUTCOMES`), and the VIN given is the most probable
one behind it:

    argmax over VINs of  log P(VIN | picture) + log weight(outcome of the VIN)

    off      no prior: the greedy reading stands as it is
    prefer   weight e^margin for a VIN that conforms, 1 for any other, wherever it comes from
    require  weight 0 for a VIN that does not conform: it is never given
    auto     the weights are a probability model of where a check digit applies

Derivation of `auto`. Let A be "the maker of this VIN follows the check-digit law", with P(A | region) = p, known for
the two kinds of region. Under A, position 9 is what the other 16 characters say. Otherwise it is any symbol, each with
probability q, so that it fits by chance with probability q. The other 16 characters are taken as equally likely in
both cases and drop out. By Bayes, P(VIN | picture) is proportional to P(picture | VIN) times

    conforming VIN       p + (1 - p) q
    any other            (1 - p) q

and P(picture | VIN) to the network's P(VIN | picture), as its training gave every VIN about the same chance. Whether a
check digit applies is thus never decided by the region alone: a European VIN that nearly fits is repaired when the
picture hardly minds, one that reads Z at position 9 clearly stays as it is.

A prior cannot make a VIN out of nothing: one whose log P(VIN | picture) is below `lowest_log_prob` is not weighed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from .errors import VinEdgeError
from .vin_grammar import Candidate

PolicyName = Literal["off", "prefer", "require", "auto"]
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)

# log 12: what even odds that a check digit applies (p = 1/2, q = 1/11) are worth.
MARGIN = 2.5
# P(A | region) where a check digit is law (vin.COMPULSORY_REGIONS); the rest are grey imports and home-made plates.
COMPULSORY = 0.99
# P(A | region) elsewhere: 29 % of 97 labelled pictures of European and Russian VINs fit, 8 % would by chance.
ELSEWHERE = 0.25
# q: makers without a check digit mostly print a digit at position 9. 1/33 would be a letter as soon as a digit.
BY_CHANCE = 1 / 11
# Of 104 lines among 2,105 whose best VIN was less probable than e^-8, none was right.
LOWEST_LOG_PROB = -8.0


@dataclass(frozen=True)
class Policy:
    """`log_weights`: of each of `vin_grammar.OUTCOMES`; only differences matter, and -inf forbids an outcome."""

    name: PolicyName
    log_weights: tuple[float, float, float, float]
    lowest_log_prob: float = LOWEST_LOG_PROB

    def score(self, candidate: Candidate) -> float:
        """Return log of the candidate's posterior, up to a constant; -inf when it is forbidden."""
        return candidate.log_prob + self.log_weights[candidate.outcome]

    def choose(self, candidates: Iterable[Candidate]) -> Candidate | None:
        """Return the candidate with the highest score, of equals the first.

        None when all are forbidden or too unlikely.
        """
        likely = [candidate for candidate in candidates if candidate.log_prob >= self.lowest_log_prob]
        best = max(likely, key=self.score, default=None)
        return best if best is not None and self.score(best) > -math.inf else None

    def settles(self, candidate: Candidate) -> bool:
        """Whether no other line can score higher: all others share the probability that this one leaves."""
        prob = math.exp(candidate.log_prob)
        return prob * math.exp(self.log_weights[candidate.outcome] - max(self.log_weights)) > 1 - prob


def policy_from_name(
    name: str, *, margin: float = MARGIN, compulsory: float = COMPULSORY, elsewhere: float = ELSEWHERE
) -> Policy:
    """Return the policy `name`.

    `margin` (`prefer`, in nats) says how much less probable a conforming VIN may be and still win; `compulsory` and
    `elsewhere` (`auto`) are the probabilities that a check digit applies, by region. `VinEdgeError` for a name that is
    no policy and a number that is out of range.
    """
    if not 0 <= margin < math.inf:
        raise VinEdgeError(f"policy margin must be a number of nats, 0 or more, got {margin:g}; 2.5 is the default")
    for parameter, value in (("compulsory", compulsory), ("elsewhere", elsewhere)):
        if not 0 <= value < 1:
            raise VinEdgeError(f"policy probability '{parameter}' must be at least 0 and below 1, got {value:g}")
    if name == "off":
        return Policy("off", (0.0, 0.0, 0.0, 0.0))
    if name == "prefer":
        return Policy("prefer", (0.0, margin, 0.0, margin))
    if name == "require":
        return Policy("require", (-math.inf, 0.0, -math.inf, 0.0))
    if name == "auto":
        return Policy("auto", (*_prior(elsewhere), *_prior(compulsory)))
    raise VinEdgeError(f"there is no policy '{name}'; choose one of {', '.join(POLICIES)}")


def _prior(applies: float) -> tuple[float, float]:
    """Return the log weights of a VIN that does not conform and of one that does."""
    by_chance = (1 - applies) * BY_CHANCE
    return math.log(by_chance), math.log(applies + by_chance)
