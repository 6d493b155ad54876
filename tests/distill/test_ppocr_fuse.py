"""Fusing re-parameterizable layers changes their form and nothing else."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from ppocr_cases import blocks, set_named_weights

from vinedge.distill.ppocr.conv_norm import ConvNorm, fold_norm
from vinedge.distill.ppocr.recognizers import ppocr_v4_mobile
from vinedge.distill.ppocr.rep_layer import AFFINE_RATE, LearnableRepLayer


# (inputs, outputs, kernel, stride, groups): with and without identity, with and without a 1x1 beside, grouped.
@pytest.mark.parametrize(
    "shape",
    [
        (4, 4, 3, (1, 1), 4),
        (4, 4, 5, (2, 1), 4),
        (4, 4, 5, (1, 1), 2),
        (4, 4, 1, (1, 1), 1),
        (4, 8, 1, (1, 1), 1),
        (4, 8, 3, (1, 2), 2),
    ],
)
def test_a_fused_layer_gives_what_the_branches_gave(shape: tuple[int, int, int, tuple[int, int], int]) -> None:
    inputs, outputs, kernel, stride, groups = shape
    layer = LearnableRepLayer(inputs, outputs, kernel, stride, groups)
    set_named_weights(layer)
    layer.eval()
    x = paddle.to_tensor(blocks(1, inputs, 80))
    before = layer(x).numpy()
    layer.fuse()
    np.testing.assert_allclose(layer(x).numpy(), before, atol=1e-5)
    assert set(layer.state_dict()) == set(LearnableRepLayer(*shape, fused=True).state_dict())
    layer.fuse()
    np.testing.assert_allclose(layer(x).numpy(), before, atol=1e-5)


def test_folding_a_norm_by_hand() -> None:
    """Weight 3, mean 2, variance 4 (less epsilon), gamma 10, beta 1: (3x - 2) / 2 * 10 + 1 = 15x - 9."""
    layer = ConvNorm(1, 1, 1)
    values = {"conv.weight": 3, "bn.weight": 10, "bn.bias": 1, "bn._mean": 2, "bn._variance": 4 - 1e-5}
    layer.set_state_dict(
        {key: np.full(value.shape, values[key], np.float32) for key, value in layer.state_dict().items()}
    )
    weight, bias = fold_norm(layer.conv.weight.numpy(), layer.bn)
    np.testing.assert_allclose([weight.item(), bias.item()], [15, -9], rtol=1e-6)


def test_the_whole_recognizer() -> None:
    recognizer = ppocr_v4_mobile(34)
    set_named_weights(recognizer)
    recognizer.eval()
    x = paddle.to_tensor(blocks(1, 3, 320))
    with paddle.no_grad():
        before = recognizer(x).logits.numpy()
        recognizer.fuse()
        after = recognizer(x).logits.numpy()
    assert np.abs(after - before).max() < 1e-4 * np.abs(before).max()
    assert set(recognizer.state_dict()) == set(ppocr_v4_mobile(34, fused=True).state_dict())


def test_affine_numbers_move_at_a_tenth_of_the_rate() -> None:
    layer = LearnableRepLayer(4, 4, 1)
    rates = {name: parameter.optimize_attr["learning_rate"] for name, parameter in layer.named_parameters()}
    assert {name for name, rate in rates.items() if rate == AFFINE_RATE} == {
        "lab.scale",
        "lab.bias",
        "act.lab.scale",
        "act.lab.bias",
    }
    assert {rates[name] for name in rates if "lab" not in name} == {1.0}
