"""Write the golden files of the definitions: what the numpy twins answer, for pytest and the C++ tests alike.

    python tests/golden/make_golden.py [FOLDER]

A changed file means a changed definition: every bundle in the world was trained on the old one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from noise import noise

from vinedge.charset import NUM_CLASSES, VIN_LENGTH, encode
from vinedge.ctc import decode_greedy
from vinedge.ctc_forward import log_probability
from vinedge.decoder import Decision, decode, decode_slots, outcome_of
from vinedge.policy import POLICIES, Policy, policy_from_name
from vinedge.preprocess import InputSpec, preprocess
from vinedge.vin import check_digit, check_symbol

HERE = Path(__file__).parent

# (H, W, channels) of the picture, and the input; all box factors from 1 to some, sizes below and beside the target.
PICTURES = [
    ((200, 900, 3), InputSpec()),
    ((200, 900, 1), InputSpec()),
    ((32, 320, 3), InputSpec()),
    ((64, 640, 3), InputSpec()),
    ((63, 639, 3), InputSpec()),
    ((33, 321, 1), InputSpec()),
    ((14, 120, 3), InputSpec()),
    ((1, 1, 3), InputSpec()),
    ((1, 1, 1), InputSpec()),
    ((1, 5000, 3), InputSpec()),
    ((3000, 1, 1), InputSpec()),
    ((17, 1281, 3), InputSpec()),
    ((300, 65, 3), InputSpec()),
    ((480, 1930, 3), InputSpec()),
    ((48, 400, 3), InputSpec(48, 320, 127.5, 127.5)),
    ((100, 700, 3), InputSpec(40, 384, 120.0, 60.0)),
    ((100, 700, 3), InputSpec(33, 100, 0.0, 255.0)),
    ((90, 90, 1), InputSpec(8, 32, 116.3, 58.4)),
]

# The class of each frame, and how much more its logit gets: with 16 it always wins, with 0 the noise alone decides
# (in steps of 1/16, so that ties occur).
PLANS = [
    [],
    [0] * 40,
    [5],
    [5, 5, 5],
    [5, 0, 5],
    [1, 2, 3, 33, 33, 0, 33],
    [0, 0, 8, 8, 0, 8, 8, 8, 0, 9, 9, 10, 0, 0, 33],
    [value for index in range(1, 34) for value in (index, 0)],
    [value for index in range(17) for value in (12, 12, 0, 0)],
    [33 - index // 3 for index in range(99)],
]
BONUSES = [16, 9, 0]

VINS = [
    "1M8GDM9AXKP042788", "11111111111111111", "1M8GDM9A1KP042788", "LSVNV2182E2100001", "5GZCZ43D13S812715",
    "WVWZZZ1JZXW000001", "WF0KXXGCBKBB12345", "WBA3A5C53CF256985", "JH4KA7561PC008269", "SALVA2BG0CH000000",
    "ZFA31200000000000", "XXXXXXXXXXXXXXXXX", "00000000000000000", "3VWFE21C04M000001", "2HGES16575H591234",
    "4T1BE32K25U033489", "9BWZZZ377VT004251", "KMHDU46D17U090264", "VF1BB05CF12345678", "YV1SW58D922233445",
]  # fmt: skip
# Lines as a reader meets them: conforming VINs, one whose check digit does not fit, European ones, one character lost
# to its neighbour's like, one end mark read as a character, junk, a blank wall. A doubt (position, symbol, gap) gives
# another symbol the logit of the right one, less the gap, in both frames of the character.
LINES: list[tuple[str, tuple[int, str, float] | None]] = [
    ("1M8GDM9AXKP042788", None),
    ("1M8GDM9AXKP042783", None),
    ("WVWZZZ1JZXW000001", None),
    ("11111111111111111", None),
    ("1M8GDM9AXKP0427B8", (15, "8", 1.0)),
    ("1M8GDM9AXKP0427B8", (15, "8", 3.0)),
    ("1M8GDM9AXKP0427B8", (15, "8", 6.0)),
    ("1M8GDM9AXUP042788", (9, "K", 3.0)),
    ("WVWZZZ1JZXW000001", (8, "0", 0.5)),
    ("WVWZZZ1JZXW000001", (8, "0", 1.0)),
    ("WVWZZZ1JZXW000001", (8, "0", 3.0)),
    ("1M8GDM9AXKP04278", (15, "8", 2.0)),
    ("X1M8GDM9AXKP042788", None),
    ("ABC123", None),
    ("", None),
]
LINE_BONUSES = [22, 17, 14]
NOT_VINS = ["", "1M8GDM9AXKP04278", "1M8GDM9AXKP0427888", "1M8GDM9AXKP04278O", "1m8gdm9axkp042788", "1M8GDM9AXKP04278 "]


def logits_from_plan(seed: int, plan: list[int], bonus: int) -> np.ndarray:
    """Return float32 logits (T, 34): noise from -8 to 8 in steps of 1/16, and `bonus` more for the planned class."""
    raw = noise(seed, len(plan) * NUM_CLASSES).astype(np.float32).reshape(len(plan), NUM_CLASSES)
    logits = (raw - np.float32(128)) / np.float32(16)
    logits[np.arange(len(plan)), np.array(plan, dtype=int)] += np.float32(bonus)
    return logits


def preprocess_cases() -> list[dict[str, Any]]:
    cases = []
    for seed, (shape, spec) in enumerate(PICTURES, start=1):
        pixels = noise(seed, int(np.prod(shape)))
        picture = pixels.reshape(shape if shape[2] == 3 else shape[:2])
        result = preprocess(picture, spec)
        cases.append(
            {
                "seed": seed,
                "picture": list(shape),
                "input": [spec.height, spec.width, spec.mean, spec.std],
                "sha256": hashlib.sha256(result.astype("<f4").tobytes()).hexdigest(),
            }
        )
    return cases


def ctc_cases() -> list[dict[str, Any]]:
    cases = []
    for seed, (bonus, plan) in enumerate(product(BONUSES, PLANS), start=1):
        decoded = decode_greedy(logits_from_plan(seed, plan, bonus))
        # 12 digits: exp differs in the last bit from one processor to the next.
        confidences = [float(f"{value:.12g}") for value in decoded.char_confidences]
        cases.append(
            {
                "seed": seed,
                "bonus": bonus,
                "plan": plan,
                "text": decoded.text,
                "char_confidences": confidences,
                "frames": decoded.frames,
            }
        )
    return cases


def vin_cases() -> list[dict[str, Any]]:
    legal = [
        {"vin": vin, "check_symbol": check_symbol(vin), "check_digit": check_digit(vin), "outcome": outcome_of(vin)}
        for vin in VINS
    ]
    unknown = {"check_symbol": None, "check_digit": None, "outcome": None}
    return [*legal, *({"vin": text, **unknown} for text in NOT_VINS)]


def line_plan(text: str) -> list[int]:
    """Return the classes of 80 frames: two of each character and two blanks behind it."""
    plan = [index for symbol in encode(text) for index in (symbol, symbol, 0, 0)]
    return plan + [0] * (80 - len(plan))


def decoder_cases() -> list[dict[str, Any]]:
    cases = []
    for seed, (bonus, (text, doubt)) in enumerate(product(LINE_BONUSES, LINES), start=1001):
        doubts = [(frame, doubt[1], doubt[2]) for frame in (4 * doubt[0], 4 * doubt[0] + 1)] if doubt else []
        case = {"seed": seed, "bonus": bonus, "plan": line_plan(text), "doubts": as_classes(doubts)}
        logits = logits_from_plan(seed, line_plan(text), bonus)
        raw = decode_greedy(doubt_in(logits, case)).text
        case |= {"raw": raw, "log_prob_raw": rounded(log_probability(logits, raw))}
        cases.append(case | answers(logits, decode))
    return cases


def slot_cases() -> list[dict[str, Any]]:
    cases = []
    vins = [(text, doubt) for text, doubt in LINES if len(text) == VIN_LENGTH]
    for seed, (bonus, (vin, doubt)) in enumerate(product(LINE_BONUSES, vins), start=2001):
        case = {"seed": seed, "bonus": bonus, "plan": encode(vin), "doubts": as_classes([doubt] if doubt else [])}
        # Not probabilities, which the search does not mind: sums of these are exact, so that ties are met.
        logits = doubt_in(logits_from_plan(seed, encode(vin), bonus), case)
        cases.append(case | answers(logits, decode_slots))
    return cases


def as_classes(doubts: list[tuple[int, str, float]]) -> list[list[float]]:
    """Return [frame, class, gap] of each."""
    return [[frame, encode(symbol)[0], gap] for frame, symbol, gap in doubts]


def doubt_in(logits: np.ndarray, case: dict[str, Any]) -> np.ndarray:
    """Return `logits` with the doubts of the case, in place."""
    for frame, index, gap in case["doubts"]:
        logits[frame, index] = logits[frame, case["plan"][frame]] - np.float32(gap)
    return logits


def answers(logits: np.ndarray, decide: Callable[[np.ndarray, Policy], Decision]) -> dict[str, Any]:
    """Return what every policy decides, and what `auto` weighed."""
    decisions = {name: decide(logits, policy_from_name(name)) for name in POLICIES}
    return {
        "decisions": {
            name: {"vin": decision.vin, "log_prob": rounded(decision.log_prob), "n_changed": decision.n_changed}
            for name, decision in decisions.items()
        },
        "candidates": [[text, outcome, rounded(log_prob)] for text, outcome, log_prob in decisions["auto"].candidates],
    }


def rounded(log_prob: float | None) -> float | None:
    """Six digits behind the point: the C++ twin adds up floats, and is held to 1e-4."""
    return None if log_prob is None else round(log_prob, 6)


def main(folder: Path) -> None:
    files = {
        "preprocess.json": preprocess_cases(),
        "ctc.json": ctc_cases(),
        "vin.json": vin_cases(),
        "decoder.json": decoder_cases(),
        "slots.json": slot_cases(),
    }
    for name, cases in files.items():
        lines = ",\n".join(json.dumps(case) for case in cases)
        (folder / name).write_text(f'{{"cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
