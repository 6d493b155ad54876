"""From an official file's arrays to a recognizer of VINs: what is loaded, left out, adapted and refused."""

from __future__ import annotations

import string

import numpy as np
import paddle
import pytest
from ppocr_cases import blocks, set_named_weights

from vinedge.distill.ppocr.guidance import END, START
from vinedge.distill.ppocr.pdparams import read_pdparams
from vinedge.distill.ppocr.pretrained import load_pretrained
from vinedge.distill.ppocr.projection import vin_classes_in
from vinedge.distill.ppocr.recognizers import GUIDE_KEYS, Recognizer, ppocr_v4_mobile
from vinedge.distill.ppocr.weights import compare, load_weights
from vinedge.errors import VinEdgeError

SOURCE = ["", *string.digits, *string.ascii_uppercase, *string.ascii_lowercase, "*", " "]


@pytest.fixture(scope="module")
def official() -> Recognizer:
    """Return a general recognizer with guide, as PaddleOCR trains it."""
    recognizer = ppocr_v4_mobile(len(SOURCE), guide=True, fused=True)
    set_named_weights(recognizer)
    recognizer.eval()
    return recognizer


@pytest.fixture(scope="module")
def arrays(official: Recognizer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Return what is read of its file, which has PaddleOCR's positional table beside the weights."""
    path = tmp_path_factory.mktemp("official") / "best_accuracy.pdparams"
    table = paddle.zeros([5000, 1, 384])
    paddle.save({**official.state_dict(), "head.gtc_head.positional_encoding.pe": table}, str(path))
    return read_pdparams(path)


def logits(recognizer: Recognizer, picture: np.ndarray) -> np.ndarray:
    recognizer.eval()
    with paddle.no_grad():
        return np.asarray(recognizer(paddle.to_tensor(picture)).logits.numpy())


def test_a_vin_recognizer_gives_the_general_ones_logits_of_vin_classes(
    official: Recognizer, arrays: dict[str, np.ndarray]
) -> None:
    recognizer = ppocr_v4_mobile(34, fused=True)
    loaded = load_pretrained(recognizer, arrays, "file", source=SOURCE)
    assert loaded.fit.complete
    assert set(loaded.left_out.values()) == {"guides training only"}
    assert all(key.startswith(GUIDE_KEYS) for key in loaded.left_out)
    picture = blocks(1, 3, 64)
    expected = logits(official, picture)[..., vin_classes_in(SOURCE)]
    np.testing.assert_allclose(logits(recognizer, picture), expected, rtol=1e-4, atol=1e-4)


def test_the_guide_is_projected_as_well(official: Recognizer, arrays: dict[str, np.ndarray]) -> None:
    """The guide of VINs gives, for the tokens of a VIN, the general guide's logits of the same characters."""
    recognizer = ppocr_v4_mobile(34, guide=True, fused=True)
    loaded = load_pretrained(recognizer, arrays, "file", source=SOURCE)
    assert loaded.left_out == {"head.gtc_head.positional_encoding.pe": "computed, not stored"}
    recognizer.eval()
    classes = vin_classes_in(SOURCE)
    vin = [1, 12, 33]
    tokens = [START, *[index + 3 for index in vin], END]
    general = [START, *[int(classes[index]) + 3 for index in vin], END]
    picture = paddle.to_tensor(blocks(1, 3, 64))
    with paddle.no_grad():
        ours = recognizer(picture, paddle.to_tensor([tokens])).features["guide"].numpy()
        expected = official(picture, paddle.to_tensor([general])).features["guide"].numpy()
    spare = expected.shape[2] - 1
    kept = [0, 1, 2, 3, *(classes[1:] + 3), spare]
    np.testing.assert_allclose(ours, expected[..., kept], rtol=1e-4, atol=1e-4)


def test_a_gray_recognizer_sees_gray_pictures_as_the_color_one_does(
    official: Recognizer, arrays: dict[str, np.ndarray]
) -> None:
    recognizer = ppocr_v4_mobile(34, channels=1, fused=True)
    load_pretrained(recognizer, arrays, "file", source=SOURCE)
    gray = blocks(1, 1, 64)
    expected = logits(official, np.repeat(gray, 3, axis=1))[..., vin_classes_in(SOURCE)]
    np.testing.assert_allclose(logits(recognizer, gray), expected, rtol=1e-4, atol=1e-4)


def test_without_source_the_head_stays_general(official: Recognizer, arrays: dict[str, np.ndarray]) -> None:
    recognizer = ppocr_v4_mobile(len(SOURCE), fused=True)
    load_pretrained(recognizer, arrays, "file")
    picture = blocks(1, 3, 64)
    np.testing.assert_array_equal(logits(recognizer, picture), logits(official, picture))


def test_a_distillation_checkpoint_gives_its_student(arrays: dict[str, np.ndarray]) -> None:
    both = {f"Student.{key}": array for key, array in arrays.items()}
    both |= {f"Teacher.{key}": array + 1 for key, array in arrays.items()}
    recognizer = ppocr_v4_mobile(34, fused=True)
    load_pretrained(recognizer, both, "file", source=SOURCE)
    key = "backbone.conv1.conv.weight"
    np.testing.assert_array_equal(recognizer.state_dict()[key].numpy(), arrays[key])


def test_the_image_classifier_of_ppocr_v5s_file_is_left_out() -> None:
    recognizer = ppocr_v4_mobile(34, fused=True)
    unused = ["backbone.fc.weight", "backbone.fc.bias", "backbone.last_conv.weight"]
    weights = {key: value.numpy() for key, value in recognizer.state_dict().items()}
    loaded = load_pretrained(recognizer, {**weights, **{key: np.zeros(1) for key in unused}}, "file")
    assert loaded.left_out == dict.fromkeys(unused, "classifies images")


def test_the_wrong_dictionary_is_refused(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(VinEdgeError, match="file has a CTC head of 65 classes, the dictionary gives 64"):
        load_pretrained(ppocr_v4_mobile(34, fused=True), arrays, "file", source=SOURCE[:-1])
    with pytest.raises(VinEdgeError, match="file has no CTC head"):
        load_pretrained(ppocr_v4_mobile(34, fused=True), {}, "file", source=SOURCE)


def test_one_report_lists_all_that_does_not_fit_and_nothing_is_loaded(arrays: dict[str, np.ndarray]) -> None:
    recognizer = ppocr_v4_mobile(34, fused=True)
    before = {key: value.numpy() for key, value in recognizer.state_dict().items()}
    broken = dict(arrays)
    del broken["backbone.conv1.bn._mean"]
    broken["backbone.extra.weight"] = np.zeros(3, np.float32)
    broken["head.ctc_encoder.encoder.conv1.norm.bias"] = np.zeros(5, np.float32)
    broken["backbone.conv1.bn.bias"] = np.zeros(16, np.int64)
    with pytest.raises(VinEdgeError) as refusal:
        load_pretrained(recognizer, broken, "best_accuracy.pdparams", source=SOURCE)
    report = str(refusal.value)
    assert report.startswith("best_accuracy.pdparams does not fit the recognizer; give weights of the same")
    for line in (
        "1 missing in the file:\n  backbone.conv1.bn._mean",
        "1 unexpected in the file:\n  backbone.extra.weight",
        "2 of another shape or type:",
        "backbone.conv1.bn.bias: the file has int64 (16,), the recognizer float32 (16,)",
        "head.ctc_encoder.encoder.conv1.norm.bias: the file has float32 (5,), the recognizer float32 (60,)",
    ):
        assert line in report
    for key, value in recognizer.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key])


def test_long_lists_are_cut_in_the_message_and_whole_in_the_report() -> None:
    recognizer = ppocr_v4_mobile(34, fused=True)
    fit = compare(recognizer, {})
    assert len(fit.missing) == len(recognizer.state_dict()) == 234
    assert "234 missing in the file:" in str(fit)
    assert "... and 224 more" in str(fit)


def test_a_guide_may_start_fresh(arrays: dict[str, np.ndarray]) -> None:
    recognizer = ppocr_v4_mobile(34, guide=True, fused=True)
    without = {key: array for key, array in arrays.items() if not key.startswith(GUIDE_KEYS)}
    with pytest.raises(VinEdgeError, match="missing in the file"):
        load_pretrained(recognizer, without, "file", source=SOURCE)
    loaded = load_pretrained(recognizer, without, "file", source=SOURCE, fresh=GUIDE_KEYS)
    assert set(loaded.fit.missing) == {key for key in recognizer.state_dict() if key.startswith(GUIDE_KEYS)}


def test_half_precision_weights_are_loaded_as_float32() -> None:
    layer = paddle.nn.Linear(2, 3)
    load_weights(layer, {"weight": np.full((2, 3), 0.5, np.float16), "bias": np.zeros(3, np.float64)}, "file")
    assert layer.weight.numpy().tolist() == [[0.5] * 3] * 2
