"""The guide: its tokens, its loss, and that it never sees what it has to guess."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from ppocr_cases import set_named_weights

from vinedge.distill.ppocr.guidance import END, PADDING, START, guide_loss, tokens_from_labels
from vinedge.distill.ppocr.nrtr_head import WIDTH, NRTRHead, sinusoids


def test_tokens_by_hand() -> None:
    labels = np.array([[1, 33, 33], [5, 0, 0], [0, 0, 0]])
    expected = [[START, 4, 36, 36, END], [START, 8, END, PADDING, PADDING], [START, END, PADDING, PADDING, PADDING]]
    assert tokens_from_labels(labels).tolist() == expected


def test_the_loss_by_the_definition() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(2, 4, 9)).astype(np.float32)
    tokens = np.array([[START, 4, 5, 6, END], [START, 8, END, PADDING, PADDING]])
    losses = []
    for row, targets in zip(logits.astype(np.float64), tokens[:, 1:], strict=True):
        for scores, target in zip(row, targets, strict=True):
            if target != PADDING:
                wanted = np.full(9, 0.1 / 8)
                wanted[target] = 0.9
                losses.append(-(wanted * (scores - np.log(np.exp(scores).sum()))).sum())
    loss = guide_loss(paddle.to_tensor(logits), paddle.to_tensor(tokens))
    assert len(losses) == 6
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)


def test_padding_gets_no_gradient() -> None:
    logits = paddle.ones([1, 3, 9])
    logits.stop_gradient = False
    guide_loss(logits, paddle.to_tensor([[START, 8, END, PADDING]])).backward()
    assert (logits.grad.abs().sum(axis=2) > 0).tolist() == [[True, True, False]]


def test_later_tokens_change_nothing_before_them() -> None:
    guide = NRTRHead(34)
    set_named_weights(guide)
    guide.eval()
    memory = paddle.to_tensor(np.random.default_rng(0).normal(size=(1, 5, WIDTH)).astype(np.float32))
    first = guide(memory, paddle.to_tensor([[START, 4, 5, 6]])).numpy()
    second = guide(memory, paddle.to_tensor([[START, 4, 9, 9]])).numpy()
    np.testing.assert_allclose(first[:, :2], second[:, :2], atol=1e-5)
    assert np.abs(first[:, 2:] - second[:, 2:]).max() > 1e-2


def test_positions_by_the_formula() -> None:
    table = sinusoids(8, 6)
    for position in range(8):
        for pair in range(3):
            angle = position / 10000 ** (2 * pair / 6)
            np.testing.assert_allclose(
                table[position, 2 * pair : 2 * pair + 2], [np.sin(angle), np.cos(angle)], atol=1e-6
            )
