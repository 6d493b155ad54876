# Written by tests/golden/make_native_stub.py from the extension; a test holds it to that.
"""
The C++ core of vinedge. Use it through vinedge.recognizer; the rest is here for the tests.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy

class Reading:
    """What was read from one picture."""

    def __init__(
        self,
        vin: str | None,
        raw: str,
        confidence: float,
        char_confidences: Sequence[float],
        check_digit: str | None,
        n_changed: int = 0,
    ) -> None: ...
    @property
    def vin(self) -> str | None:
        """17 characters of the VIN alphabet, or None."""

    @property
    def raw(self) -> str:
        """The greedy reading as it came."""

    @property
    def confidence(self) -> float:
        """
        0..1: the probability of `vin` where a policy has weighed it; else the product of the character
        confidences, 0 when `raw` is empty. Not calibrated.
        """

    @property
    def char_confidences(self) -> list[float]:
        """0..1 for each character of `raw`."""

    @property
    def check_digit(self) -> Literal["valid", "invalid", "not_applicable"] | None:
        """State of the check digit; None when `vin` is None."""

    @property
    def n_changed(self) -> int:
        """
        Edit distance from `raw` to `vin`: what the policy changed; 0 when `vin` is None.
        """

    def __repr__(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type, tuple[object, ...]]: ...

class StageTimes:
    """Microseconds that the parts of one read took."""

    def __init__(self, preprocess_us: float, network_us: float, decode_us: float, total_us: float) -> None: ...
    @property
    def preprocess_us(self) -> float: ...
    @property
    def network_us(self) -> float: ...
    @property
    def decode_us(self) -> float: ...
    @property
    def total_us(self) -> float:
        """Measured over all of it."""

    def __repr__(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type, tuple[object, ...]]: ...

class Recognizer:
    """A bundle, an engine and a decoder in one; see vinedge.recognizer."""

    def __init__(self, folder: bytes, engine: str, threads: int, library: bytes, policy: str) -> None:
        """
        Paths are bytes as os.fsencode gives them; an empty library stands for the engine's own search.
        """

    def read(self, picture: numpy.ndarray) -> Reading:
        """
        Read one picture, uint8 BGR (H, W, 3) or gray (H, W). `VinEdgeError` for anything else.

        Crops (`frame[y0:y1, x0:x1]`) are read in place; a layout whose pixels do not lie side by side in each
        row is copied once. Safe to call from many threads; the GIL is released.
        """

    def read_timed(self, picture: numpy.ndarray) -> tuple[Reading, StageTimes]:
        """Read one picture and tell what each stage took."""

    def read_batch(self, pictures: Iterable[numpy.ndarray]) -> list[Reading]:
        """
        Read pictures of any sizes; the readings come in their order and are those that `read` gives.
        """

    def logits(self, pictures: Iterable[numpy.ndarray]) -> numpy.ndarray:
        """Return the raw logits of pictures, float32 (N, T, 34)."""

    @property
    def name(self) -> str:
        """Name of the bundle."""

    @property
    def frames(self) -> int:
        """T of the logits (N, T, 34)."""

    @property
    def engine(self) -> str:
        """What really runs: "onnxruntime 1.32.0 (cpu)"."""

    @property
    def input_spec(self) -> tuple[int, int, float, float]:
        """Height and width in pixels, mean and std of the input."""

def engines(library: bytes) -> list[tuple[str, bool, str]]:
    """Name, availability and reason of every engine in this build."""

class Bundle:
    """A verified bundle, as the C++ reader sees it."""

    def __init__(self, folder: bytes, variant: str = "fp32") -> None:
        """Open and verify a bundle; the path is bytes as os.fsencode gives them."""

    @property
    def name(self) -> str: ...
    @property
    def frames(self) -> int: ...
    @property
    def variants(self) -> dict[str, str]: ...
    @property
    def spec(self) -> tuple[int, int, float, float]: ...
    @property
    def onnx(self) -> bytes:
        """Content of the ONNX file of the precision asked for."""

def sha256(data: bytes) -> str:
    """Return 64 hex digits."""

def preprocess(
    picture: numpy.ndarray, height: int, width: int, mean: float, std: float, kernel: str = "auto"
) -> numpy.ndarray:
    """Return the network input, float32 (1, height, width), of one picture."""

def preprocess_kernels() -> list[str]:
    """Kernels that this machine can run, slowest first."""

def decode_greedy(logits: numpy.ndarray) -> tuple[str, list[float], list[int]]:
    """
    Decode float32 logits (T, 34): text, and the confidence and frame of each character.
    """

def log_probability(logits: numpy.ndarray, text: str) -> float: ...
def log_probability_of_any(logits: numpy.ndarray) -> float:
    """
    log P(any line of 17 symbols) for float32 logits (T, 34), but for those with symbols that the beam leaves out.
    """

def prefix_beam(logits: numpy.ndarray) -> list[tuple[str, int, float]]:
    """Return text, outcome and log probability of each candidate."""

def best_of_slots(log_probs: numpy.ndarray) -> list[tuple[str, int, float]]: ...

class Decoder:
    """Decides on one line at a time; see vinedge.decoder."""

    def __init__(self, policy: str, margin: float = 2.5, compulsory: float = 0.99, elsewhere: float = 0.25) -> None: ...
    def run(self, logits: numpy.ndarray) -> tuple[str, str | None, float | None, int, list[tuple[str, int, float]]]:
        """
        Return reading, VIN, its log probability, number of changes and candidates.
        """

    def run_slots(
        self, log_probs: numpy.ndarray
    ) -> tuple[str, str | None, float | None, int, list[tuple[str, int, float]]]: ...
    @property
    def log_weights(self) -> list[float]:
        """Of every outcome."""

def is_legal(text: str) -> bool: ...
def check_symbol(vin: str) -> str: ...
def check_digit(vin: str) -> str: ...
