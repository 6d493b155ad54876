"""The shapes of the learning rate: Paddle's own schedulers, the formulae, and what holds for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge.distill.decay import cosine, linear, piecewise, warm_restarts
from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

from paddle.optimizer import lr  # noqa: E402

RATE, STEPS = 0.3, 40
STEP = st.floats(0, 1e6)


def theirs(scheduler: lr.LRScheduler, steps: int) -> list[float]:
    """Return the rates of Paddle's scheduler for the steps 0, 1, ..."""
    rates = []
    for _ in range(steps):
        rates.append(scheduler())
        scheduler.step()
    return rates


def ours(shape: Callable[[int], float], steps: int) -> list[float]:
    return [RATE * shape(step) for step in range(steps)]


@pytest.mark.parametrize(("first", "factor"), [(20, 2), (7, 1), (1, 3), (5, 3)])
def test_warm_restarts_are_paddles(first: int, factor: int) -> None:
    scheduler = lr.CosineAnnealingWarmRestarts(RATE, T_0=first, T_mult=factor)
    assert ours(lambda step: warm_restarts(step, first, factor), 150) == pytest.approx(theirs(scheduler, 150), abs=1e-9)


def test_the_first_cycle_begins_where_the_warm_up_ends() -> None:
    """As in the specification's YAML: 5 epochs of warm-up, T_0 20, T_mult 2; restarts at 25, 65 and 145."""
    scheduler = lr.LinearWarmup(lr.CosineAnnealingWarmRestarts(RATE, T_0=20, T_mult=2), 5, 0.0, RATE)
    paddles = theirs(scheduler, 160)
    assert [RATE * warm_restarts(step - 5, 20, 2) for step in range(5, 160)] == pytest.approx(paddles[5:], abs=1e-9)
    assert [step for step in range(6, 160) if warm_restarts(step - 5, 20, 2) == 1] == [25, 65, 145]


def test_linear_is_paddles() -> None:
    scheduler = lr.PolynomialDecay(RATE, decay_steps=STEPS, end_lr=0.0, power=1.0)
    assert ours(lambda step: linear(step, STEPS), 60) == pytest.approx(theirs(scheduler, 60), abs=1e-9)


def test_cosine_is_paddles() -> None:
    scheduler = lr.CosineAnnealingDecay(RATE, T_max=STEPS)
    assert ours(lambda step: cosine(step, STEPS), STEPS) == pytest.approx(theirs(scheduler, STEPS), abs=1e-9)


def test_piecewise_is_paddles() -> None:
    values = (1.0, 0.5, 0.1)
    scheduler = lr.PiecewiseDecay([10, 25], [RATE * value for value in values])
    assert ours(lambda step: piecewise(step, (10, 25), values), STEPS) == pytest.approx(theirs(scheduler, STEPS))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (cosine(0, 8), 1.0),
        (cosine(2, 8), (1 + math.sqrt(0.5)) / 2),
        (cosine(4, 8), 0.5),
        (cosine(9, 8), 0.0),
        (linear(2, 8), 0.75),
        (linear(9, 8), 0.0),
        (warm_restarts(10, 20), 0.5),
        (warm_restarts(20, 20), 1.0),
        (warm_restarts(40, 20, 2), 0.5),
        (piecewise(9.99, (10, 25), (1.0, 0.5, 0.1)), 1.0),
        (piecewise(10, (10, 25), (1.0, 0.5, 0.1)), 0.5),
        (piecewise(0, (), (0.7,)), 0.7),
        (cosine(0, 0), 0.0),
        (linear(0, 0), 0.0),
    ],
)
def test_golden_values(value: float, expected: float) -> None:
    assert value == pytest.approx(expected, abs=1e-12)


@given(step=STEP, steps=st.floats(1e-3, 1e6), factor=st.integers(1, 5))
def test_a_share_never_leaves_zero_to_one(step: float, steps: float, factor: int) -> None:
    for value in (cosine(step, steps), linear(step, steps), warm_restarts(step, max(1.0, steps), factor)):
        assert 0 <= value <= 1


@given(step=STEP, more=st.floats(0, 1e6), steps=st.floats(1e-3, 1e6))
def test_without_restarts_it_never_rises(step: float, more: float, steps: float) -> None:
    assert cosine(step + more, steps) <= cosine(step, steps)
    assert linear(step + more, steps) <= linear(step, steps)
