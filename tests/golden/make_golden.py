"""Write `preprocess.json`, `ctc.json` and `vin.json`: what the numpy twins answer, for pytest and the C++ tests alike.

    python tests/golden/make_golden.py [FOLDER]

A changed file means a changed definition: every bundle in the world was trained on the old one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from noise import noise

from vinedge.charset import NUM_CLASSES
from vinedge.ctc import decode_greedy
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
    legal = [{"vin": vin, "check_symbol": check_symbol(vin), "check_digit": check_digit(vin)} for vin in VINS]
    return [*legal, *({"vin": text, "check_symbol": None, "check_digit": None} for text in NOT_VINS)]


def main(folder: Path) -> None:
    files = {"preprocess.json": preprocess_cases(), "ctc.json": ctc_cases(), "vin.json": vin_cases()}
    for name, cases in files.items():
        lines = ",\n".join(json.dumps(case) for case in cases)
        (folder / name).write_text(f'{{"cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
