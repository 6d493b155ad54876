"""The recognizers against numbers that PaddleOCR's own definitions gave, and the laws that training relies on.

Golden values: PaddleOCR's modules (Apache-2.0, as of 2025) were given the weights of `ppocr_cases.weight_named`
and the picture of `ppocr_cases.blocks`, once, and gave these names, frames, logits and guide logits.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812
import pytest
from ppocr_cases import blocks, set_named_weights

from vinedge.distill.cost import multiply_adds
from vinedge.distill.ppocr import recognizers
from vinedge.distill.ppocr.frame_pool import frames_from_map
from vinedge.distill.ppocr.recognizers import ppocr_v4_mobile
from vinedge.errors import VinEdgeError

NAMES = ("ppocr_v4_mobile", "ppocr_v4_server", "ppocr_v5_server")
# With guide and 34 classes, positional table and PP-OCRv5's unused image classifier left out.
WEIGHTS = {
    "ppocr_v4_mobile": (967, "5f7d7c4334b08c0f27c710d93959a1a8c23b7e67afafbfba89ebbbbd4a0b37ee"),
    "ppocr_v4_server": (356, "f53875b71f1a62fd72438adf91ffb24464ca106373fe70ff7205f9d07a1c5c57"),
    "ppocr_v5_server": (541, "8fad8e274697ccddcb4decac974d193c09c9c5c8254751cb809b82f047ef2f94"),
}
# Frames 0, 7, 20, 39 and classes 0, 1, 17, 33.
LOGITS = {
    "ppocr_v4_mobile": [
        [-36.67827, -71.90459, 42.13705, 65.93198],
        [-65.28164, -106.62215, 101.22308, 59.52149],
        [-59.16325, -94.71198, 75.5272, 64.49027],
        [-29.2052, -49.83392, 25.26033, 0.21406],
    ],
    "ppocr_v4_server": [
        [-2.31563, -1.05423, 1.66159, 0.84904],
        [-3.38626, 0.65817, 2.72805, 1.44243],
        [-3.43048, 0.66145, 2.70824, 1.43127],
        [-1.81904, 0.16758, -0.164, 0.90884],
    ],
    "ppocr_v5_server": [
        [328.78799, -672.4176, -618.49896, 174.01924],
        [390.65558, -1223.52429, -846.96375, 804.02814],
        [481.91782, -1312.46338, -950.39343, 945.32599],
        [-383.70642, -721.91187, 221.60156, 246.63898],
    ],
}
# Tokens 0, 1, 3 of [start, 4, 20, 37, end], and classes 0, 3, 20, 37.
TOKENS = [[2, 4, 20, 37, 3]]
GUIDE = {
    "ppocr_v4_mobile": [
        [-1.35138, -2.07194, -1.96115, 1.34385],
        [-1.37019, -2.06513, -1.9628, 1.34165],
        [-1.38558, -2.06222, -1.96471, 1.34117],
    ],
    "ppocr_v4_server": [
        [-2.2151, -0.42432, -1.61166, -2.13182],
        [-2.21542, -0.42602, -1.60819, -2.12697],
        [-2.21546, -0.42633, -1.6066, -2.12679],
    ],
    "ppocr_v5_server": [
        [-1.17046, 0.52913, -2.9781, 0.06201],
        [-1.17053, 0.52904, -2.97799, 0.06204],
        [-1.14384, 0.38353, -3.03071, 0.09976],
    ],
}
# Weights and BatchNorm statistics of the CTC path with 34 classes, in the form that is trained, and multiply-adds of
# reading a 48x320 picture, in millions. PP-OCRv5's file is published with 25.1 M: 6.2 M of them are the image
# classifier that reading does not use (2048 x 2048 + 2048 x 1000 + 1000).
SIZES = {
    "ppocr_v4_mobile": (5_532_118, 670),
    "ppocr_v4_server": (21_814_098, 10_109),
    "ppocr_v5_server": (18_874_082, 5_794),
}


def parameters(layer: paddle.nn.Layer) -> int:
    return sum(math.prod(parameter.shape) for parameter in layer.parameters())


@pytest.fixture(scope="module", params=NAMES)
def named(request: pytest.FixtureRequest) -> tuple[str, recognizers.Recognizer]:
    recognizer = getattr(recognizers, request.param)(34, guide=True)
    set_named_weights(recognizer)
    recognizer.eval()
    return request.param, recognizer


@pytest.fixture(scope="module")
def small() -> recognizers.Recognizer:
    """PP-OCRv4 mobile with guide, in training mode."""
    paddle.seed(1)
    return ppocr_v4_mobile(34, guide=True)


def test_weight_names_and_shapes_are_paddleocrs(named: tuple[str, recognizers.Recognizer]) -> None:
    name, recognizer = named
    lines = sorted(f"{key} {list(value.shape)}" for key, value in recognizer.state_dict().items())
    assert (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()) == WEIGHTS[name]


def test_outputs_are_paddleocrs(named: tuple[str, recognizers.Recognizer]) -> None:
    name, recognizer = named
    with paddle.no_grad():
        outputs = recognizer(paddle.to_tensor(blocks(1, 3, 320)), paddle.to_tensor(TOKENS))
    assert list(outputs.logits.shape) == [1, 40, 34]
    assert outputs.features["backbone"].shape[2:] == [1, 40]
    assert list(outputs.features["neck"].shape) == [1, 120, 1, 40]
    logits = outputs.logits.numpy()[0][[0, 7, 20, 39]][:, [0, 1, 17, 33]]
    np.testing.assert_allclose(logits, LOGITS[name], rtol=1e-3, atol=1e-3)
    guide = outputs.features["guide"].numpy()[0][[0, 1, 3]][:, [0, 3, 20, 37]]
    np.testing.assert_allclose(guide, GUIDE[name], rtol=1e-3, atol=1e-3)


def test_size_and_cost(named: tuple[str, recognizers.Recognizer]) -> None:
    name, recognizer = named
    read = [recognizer.backbone, recognizer.head.ctc_encoder, recognizer.head.ctc_head]
    total = sum(parameters(part) for part in read)
    if name == "ppocr_v4_mobile":
        recognizer = ppocr_v4_mobile(34, fused=True)
        recognizer.eval()
    counts: list[int] = []

    def count(layer: paddle.nn.Layer, _inputs: object, output: object) -> None:
        if isinstance(output, paddle.Tensor):
            counts.append(multiply_adds(layer, output))

    hooks = [part.register_forward_post_hook(count) for part in recognizer.sublayers()]
    with paddle.no_grad():
        recognizer(paddle.zeros([1, 3, 48, 320]))
    for hook in hooks:
        hook.remove()
    assert (total, round(sum(counts) / 1e6)) == SIZES[name]


def test_every_parameter_is_in_exactly_one_part(named: tuple[str, recognizers.Recognizer]) -> None:
    _, recognizer = named
    parts = recognizer.parts()
    assert list(parts) == ["early_backbone", "late_backbone", "neck", "head"]
    in_parts = [id(p) for layers in parts.values() for layer in layers for p in layer.parameters()]
    assert sorted(in_parts) == sorted(id(p) for p in recognizer.parameters())
    assert all(any(layer.parameters() for layer in layers) for layers in parts.values())


def gradient_reaches_the_backbone(recognizer: recognizers.Recognizer, loss: paddle.Tensor) -> bool:
    loss.backward()
    # conv_kxk of the last block: the first thing a gradient from the head meets.
    weights = [p for p in recognizer.backbone.blocks6[-1].pw_conv.conv_kxk.parameters() if not p.stop_gradient]
    gradients = [weight.grad for weight in weights]
    # Paddle clears a gradient by zeros.
    return all(gradient is not None and float(gradient.abs().sum()) > 0 for gradient in gradients)


def test_without_tokens_ctc_trains_the_backbone(small: recognizers.Recognizer) -> None:
    small.clear_gradients()
    outputs = small(paddle.to_tensor(blocks(2, 3, 64)))
    assert "guide" not in outputs.features
    assert gradient_reaches_the_backbone(small, outputs.logits.square().mean())


def test_with_tokens_the_guide_alone_trains_the_backbone(small: recognizers.Recognizer) -> None:
    small.clear_gradients()
    picture, tokens = paddle.to_tensor(blocks(2, 3, 64)), paddle.to_tensor(TOKENS * 2)
    assert not gradient_reaches_the_backbone(small, small(picture, tokens).logits.square().mean())
    small.clear_gradients()
    assert gradient_reaches_the_backbone(small, small(picture, tokens).features["guide"].square().mean())


def test_dropping_the_guide_leaves_the_reading_as_it_was() -> None:
    recognizer = ppocr_v4_mobile(34, guide=True, fused=True)
    recognizer.eval()
    picture = paddle.to_tensor(blocks(1, 3, 64))
    before = recognizer(picture).logits.numpy()
    recognizer.head.drop_guide()
    recognizer.head.drop_guide()
    assert set(recognizer.state_dict()) == set(ppocr_v4_mobile(34, fused=True).state_dict())
    np.testing.assert_array_equal(recognizer(picture).logits.numpy(), before)
    assert [len(layers) for layers in recognizer.parts().values()] == [4, 2, 1, 1]


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_the_pool_is_both_of_paddleocrs_at_their_shapes(rows: int) -> None:
    """320 columns give 80 in the map; PaddleOCR trains with a mean to 1x40 at any height, and reads 3 rows by 3x2."""
    x = paddle.to_tensor(np.random.default_rng(rows).normal(size=(1, 2, rows, 80)).astype(np.float32))
    pooled = frames_from_map(x).numpy()
    np.testing.assert_allclose(pooled, F.adaptive_avg_pool2d(x, [1, 40]).numpy(), atol=1e-6)
    if rows == 3:
        np.testing.assert_allclose(pooled, F.avg_pool2d(x, [3, 2]).numpy(), atol=1e-6)


def test_wider_pictures_have_more_frames_in_training_too() -> None:
    assert frames_from_map(paddle.zeros([1, 2, 3, 97])).shape == [1, 2, 1, 48]


def test_a_recognizer_reads_one_or_three_channels() -> None:
    assert ppocr_v4_mobile(34, channels=1, fused=True)(paddle.zeros([1, 1, 48, 64])).logits.shape == [1, 8, 34]
    with pytest.raises(VinEdgeError, match="channels=4"):
        ppocr_v4_mobile(34, channels=4)
