"""What the decoding tests share: brute-force oracles over all alignments, tiny grammars, and lines to decode."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np

from vinedge.charset import BLANK, NUM_CLASSES, SYMBOLS, encode, text_from_classes
from vinedge.ctc_forward import log_softmax
from vinedge.vin_grammar import Grammar

VALID = "1M8GDM9AXKP042788"
EUROPEAN = "WVWZZZ1JZXW000001"


def draw_small(seed: int, frames: int, classes: int = 3) -> np.ndarray:
    """Return float32 logits `(frames, classes)`, small enough for the oracle."""
    return np.random.default_rng(seed).normal(0, 2, (frames, classes)).astype(np.float32)


def all_texts(logits: np.ndarray) -> dict[str, float]:
    """Return the probability of every text, from every alignment: the definition of CTC, word by word."""
    frames, classes = logits.shape
    probs = np.exp(log_softmax(logits)) if frames else logits
    texts: dict[str, float] = {}
    for path in product(range(classes), repeat=frames):
        text = text_from_classes(index for index, _ in groupby(path) if index != BLANK)
        texts[text] = texts.get(text, 0.0) + float(np.prod([probs[t, index] for t, index in enumerate(path)]))
    return texts


def remembering(length: int, classes: int) -> Grammar:
    """Return a grammar whose state is the whole prefix, so that no two prefixes are alike; outcome: last symbol."""
    prefixes = [p for n in range(length + 1) for p in product(range(1, classes), repeat=n)]
    table = np.zeros((length, len(prefixes), classes), np.uint8)
    for state, prefix in enumerate(prefixes):
        if len(prefix) < length:
            for index in range(1, classes):
                table[len(prefix), state, index] = prefixes.index((*prefix, index))
    return Grammar(table, np.array([p[-1] % 4 if p else 0 for p in prefixes], np.uint8))


def residue(length: int, classes: int, modulus: int) -> Grammar:
    """Return a grammar of a weighted sum modulo `modulus`; outcome 1 where it is 0 in the end, else 0."""
    table = np.zeros((length, modulus, classes), np.uint8)
    for position, state, index in np.ndindex(table.shape):
        table[position, state, index] = (state + (position + 2) * index) % modulus
    return Grammar(table, (np.arange(modulus) == 0).astype(np.uint8))


def line_logits(text: str, *, sharpness: float = 12.0, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Return float32 logits (80, 34) of a line that reads `text`: two frames a character, two blanks behind it."""
    logits = np.random.default_rng(seed).normal(0, 1, (80, NUM_CLASSES)) * noise
    plan = [index for symbol in encode(text) for index in (symbol, symbol, BLANK, BLANK)]
    logits[np.arange(80), plan + [BLANK] * (80 - len(plan))] += sharpness
    return logits.astype(np.float32)


def doubt(logits: np.ndarray, position: int, symbol: str | None, gap: float) -> np.ndarray:
    """Let `symbol` (None: the blank) at `position` follow `gap` behind the best class in both of its frames."""
    index = BLANK if symbol is None else encode(symbol)[0]
    doubtful = logits.copy()
    for frame in (4 * position, 4 * position + 1):
        doubtful[frame, index] = logits[frame].max() - gap
    return doubtful


def drawn_vin(seed: int) -> str:
    """Return 17 symbols, uniform over the alphabet."""
    return "".join(np.random.default_rng(seed).choice(list(SYMBOLS), 17))


def network_like(seed: int) -> np.ndarray:
    """Return float32 logits (80, 34) as an unsure network gives them: doubts, lost and doubled characters, junk."""
    rng = np.random.default_rng(seed)
    text = drawn_vin(seed)
    logits = line_logits(text, sharpness=float(rng.uniform(8, 14)), noise=float(rng.uniform(0, 1.5)), seed=seed)
    for _ in range(rng.integers(0, 6)):
        symbol = None if rng.random() < 0.3 else str(rng.choice(list(SYMBOLS)))
        logits = doubt(logits, int(rng.integers(17)), symbol, float(rng.uniform(-2, 6)))
    if rng.random() < 0.3:  # what stands beside the VIN
        logits[rng.integers(70, 80), rng.integers(1, NUM_CLASSES)] += float(rng.uniform(6, 14))
    return logits
