"""From a general alphabet to the VIN alphabet: the rule, its law, and what the real recognizer then reads."""

from __future__ import annotations

import string

import cv2
import numpy as np
import paddle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ppocr_cases import v4_mobile_onnx

from vinedge.charset import SYMBOLS
from vinedge.ctc import decode_greedy
from vinedge.distill.ppocr.dictionary import classes_from_dictionary, dictionary_in
from vinedge.distill.ppocr.onnx_file import read_onnx
from vinedge.distill.ppocr.onnx_weights import weights_from_onnx
from vinedge.distill.ppocr.pretrained import load_pretrained
from vinedge.distill.ppocr.projection import forms, project_probs, vin_classes_in
from vinedge.distill.ppocr.recognizers import ppocr_v4_mobile
from vinedge.errors import VinEdgeError

GENERAL = ["", *string.digits, *string.ascii_lowercase, *string.ascii_uppercase, "*", "\u00e9", "\u8f66", " "]


def texts(source: list[str], classes: np.ndarray) -> str:
    return "".join(source[index] for index in classes[1:])


def test_capitals_are_taken_and_look_alikes_are_not() -> None:
    classes = vin_classes_in(GENERAL)
    assert classes[0] == 0
    assert texts(GENERAL, classes) == SYMBOLS
    struck_out = {GENERAL[index] for index in set(range(len(GENERAL))) - set(classes.tolist())}
    assert {*"IOQ", *string.ascii_lowercase} <= struck_out


@pytest.mark.parametrize(
    ("alphabet", "expected"),
    [
        (string.digits + string.ascii_lowercase, SYMBOLS.lower()),
        ("".join(chr(ord(symbol) + 0xFEE0) for symbol in SYMBOLS), "".join(chr(ord(s) + 0xFEE0) for s in SYMBOLS)),
        # A capital wins wherever it stands; l stays L's lower case, it is not taken for a 1.
        ("l" + string.digits + string.ascii_lowercase.replace("l", "") + "A", SYMBOLS.lower().replace("a", "A")),
    ],
)
def test_other_forms_stand_in_where_there_is_no_capital(alphabet: str, expected: str) -> None:
    source = ["", *alphabet]
    assert texts(source, vin_classes_in(source)) == expected


def test_forms_by_hand() -> None:
    assert forms("A") == ["A", "\uff21", "a"]
    assert forms("7") == ["7", "\uff17"]


def test_the_blank_may_be_the_last_class() -> None:
    classes = vin_classes_in([*SYMBOLS, ""], blank=33)
    assert classes.tolist() == [33, *range(33)]
    with pytest.raises(VinEdgeError, match="blank class 34 does not exist among 34 classes"):
        vin_classes_in([*SYMBOLS, ""], blank=34)


def test_of_a_symbol_listed_twice_the_last_counts_and_never_the_blank() -> None:
    """`BaseRecLabelEncode` of PaddleOCR fills its table from front to back, so labels carry the last index."""
    assert vin_classes_in(["", *SYMBOLS, "0"])[:3].tolist() == [0, 34, 2]
    assert vin_classes_in([*SYMBOLS, "A"], blank=33)[11] == SYMBOLS.index("A")


def test_a_missing_symbol_is_named() -> None:
    with pytest.raises(VinEdgeError, match="no class for W, Z, which VINs contain"):
        vin_classes_in(["", *SYMBOLS.replace("W", "").replace("Z", "")])


@given(st.integers(0, 10_000))
def test_projected_probabilities_are_the_softmax_of_the_kept_logits(seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 4, (2, 5, len(GENERAL)))
    probs = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    kept = np.exp(logits[..., vin_classes_in(GENERAL)])
    projected = project_probs(probs, vin_classes_in(GENERAL))
    np.testing.assert_allclose(projected, kept / kept.sum(axis=-1, keepdims=True), rtol=1e-9)


def test_a_frame_without_any_vin_class_is_blank() -> None:
    probs = np.zeros((1, len(GENERAL)), np.float32)
    probs[0, GENERAL.index("*")] = 1
    projected = project_probs(probs, vin_classes_in(GENERAL))
    assert projected[0].tolist() == [1.0, *[0.0] * 33]
    assert projected.dtype == np.float32


def line(vin: str) -> np.ndarray:
    """Return a printed line, BGR (48, 384, 3), dark on light."""
    picture = np.full((48, 384, 3), 225, np.uint8)
    cv2.putText(picture, vin, (10, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.95, (40, 35, 30), 2, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (3, 3), 0)


# Made-up VINs that hold every symbol, look-alikes of I, O and Q (1, 0) among them.
VINS = ["1HGCM82633A004352", "WVWZZZ1JZXW386752", "JF1SG65601G007890", "5YJSA1E26KF318947", "KNDTB4UP0R7XL2M1S"]


@pytest.fixture(scope="module")
def read_both() -> tuple[list[str], list[str]]:
    """Return what PP-OCRv4 mobile reads of VINS: its own text, and after projection (in Paddle)."""
    path = v4_mobile_onnx()
    if path is None:
        pytest.skip("rapidocr-onnxruntime is not installed: pip install 'vinedge[peers]'")
    source = classes_from_dictionary(dictionary_in(read_onnx(path).metadata, str(path)), 6625, str(path))
    pictures = np.stack([line(vin).transpose(2, 0, 1).astype(np.float32) / 127.5 - 1 for vin in VINS])
    general, projected = ppocr_v4_mobile(6625, fused=True), ppocr_v4_mobile(34, fused=True)
    load_pretrained(general, weights_from_onnx(path, general), str(path))
    load_pretrained(projected, weights_from_onnx(path, projected), str(path), source=source)
    own, vins = [], []
    with paddle.no_grad():
        general.eval()
        projected.eval()
        for best in general(paddle.to_tensor(pictures)).logits.numpy().argmax(axis=2):
            kept = [index for at, index in enumerate(best) if index and (at == 0 or best[at - 1] != index)]
            own.append("".join(source[index] for index in kept))
        for logits in projected(paddle.to_tensor(pictures)).logits:
            vins.append(decode_greedy(logits.numpy()).text)
    return own, vins


def test_the_projected_recognizer_reads_vins(read_both: tuple[list[str], list[str]]) -> None:
    _, vins = read_both
    assert vins == VINS


def test_it_agrees_with_the_general_one_up_to_case_look_alikes_and_spaces(
    read_both: tuple[list[str], list[str]],
) -> None:
    own, vins = read_both
    fold = str.maketrans({"I": "1", "O": "0", "Q": "0", " ": None})
    assert [text.upper().translate(fold) for text in own] == vins
