"""What the trainer is fed: every line in its turn, once, the same however it is drawn."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import VIN, settings

from vinedge.distill.augment import OPERATIONS, augment
from vinedge.distill.batch import Line
from vinedge.distill.feed import Feed, Lists, mixture_from
from vinedge.distill.schedule import Plan, learning_rate, plan_from
from vinedge.distill.settings import LearningRate
from vinedge.distill.sources import Mixture, PictureLines, SyntheticLines, check_samples
from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.preprocess import InputSpec

SPEC = InputSpec(16, 160)
OTHER = "11111111111111111"


class Counting:
    """A source whose lines carry their number."""

    def __init__(self, name: str) -> None:
        self._name = name

    def line(self, n: int) -> Line:
        return Line(np.zeros((1, 1), np.uint8), VIN, None, f"{self._name} {n}")


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    for n in range(5):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.full((20, 100), 40 * n, np.uint8))
    return [Sample(tmp_path / f"{n}.png", VIN, f"list.txt:{n + 1}") for n in range(5)]


@given(weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=4), count=st.integers(0, 400))
def test_a_mixture_takes_every_line_of_every_source_in_turn(weights: list[float], count: int) -> None:
    mixture = Mixture([Counting(str(k)) for k in range(len(weights))], weights)
    seen: dict[int, list[int]] = {k: [] for k in range(len(weights))}
    for n in range(count):
        source, own = mixture.place(n)
        seen[source].append(own)
    for k, own in seen.items():
        assert own == list(range(len(own)))
        assert abs(len(own) - count * weights[k] / sum(weights)) <= len(weights)


def test_a_mixture_far_along_is_as_even() -> None:
    mixture = Mixture([Counting("a"), Counting("b")], [3, 1])
    far = 10**9
    assert Counter(mixture.place(n)[0] for n in range(far, far + 400)) == {0: 300, 1: 100}


def test_every_picture_comes_once_a_pass_in_a_new_order(samples: list[Sample]) -> None:
    source = PictureLines(samples, SPEC, seed=1, augment_probability=0)
    laps = [[source.line(5 * lap + n).source for n in range(5)] for lap in range(6)]
    assert all(sorted(lap) == [s.source for s in samples] for lap in laps)
    assert len({tuple(lap) for lap in laps}) > 1


def test_line_n_is_always_the_same(samples: list[Sample]) -> None:
    for make in (
        lambda: PictureLines(samples, SPEC, seed=1, augment_probability=1),
        lambda: SyntheticLines(SPEC, 1, (0.0, 1.0), ()),
    ):
        one, other = make(), make()
        backwards = {n: other.line(n) for n in (7, 3, 0)}
        for n in (0, 3, 7):
            assert np.array_equal(one.line(n).image, backwards[n].image)
            assert one.line(n).vin == backwards[n].vin


def test_another_pass_alters_a_picture_differently(samples: list[Sample]) -> None:
    source = PictureLines(samples[2:3], SPEC, seed=1, augment_probability=1)
    assert len({source.line(n).image.tobytes() for n in range(8)}) > 4


def test_synthetic_lines_fit_the_input_and_know_their_centers() -> None:
    line = SyntheticLines(SPEC, 1, (0.0, 0.0), ()).line(0)
    assert line.image.shape == (16, 160)
    assert line.centers is not None
    assert line.centers.dtype == np.float32
    assert (np.diff(line.centers) > 0).all()
    assert -0.2 < line.centers[0] < line.centers[-1] < 1.2


def test_held_out_lines_share_no_maker_with_training() -> None:
    seen = {SyntheticLines(SPEC, 1, (0.0, 0.0), ()).line(n).vin[:3] for n in range(40)}
    unseen = {SyntheticLines(SPEC, 2, (0.0, 0.0), (), held_out=True).line(n).vin[:3] for n in range(40)}
    assert not seen & unseen


def test_processes_share_out_the_lines_of_a_step() -> None:
    chosen = settings()
    whole = settings("Train.loader.batch_size_per_card=8")
    together = Feed(whole, Lists()).batch(3)
    parts = [Feed(chosen, Lists(), rank, 2).batch(3) for rank in (0, 1)]
    assert together.sources == parts[0].sources + parts[1].sources
    assert np.array_equal(together.images, np.concatenate([part.images for part in parts]))
    assert np.array_equal(together.centers, np.concatenate([part.centers for part in parts]))


def test_workers_draw_the_same_batches_in_the_same_order(samples: list[Sample]) -> None:
    lists = Lists(tuple(samples))
    drawn = ("Train.dataset.shares.synthetic=0", *LISTED)
    alone = list(Feed(settings(*drawn), lists).batches(2, 6))
    helped = list(Feed(settings(*drawn, "Train.loader.num_workers=2"), lists).batches(2, 6))
    assert [batch.sources for batch in helped] == [batch.sources for batch in alone]
    for one, other in zip(alone, helped, strict=True):
        assert np.array_equal(one.images, other.images)


def test_a_mistake_in_a_worker_arrives_as_its_sentence(tmp_path: Path) -> None:
    lists = Lists((Sample(tmp_path / "gone.png", VIN, "list.txt:1"),))
    feed = Feed(settings("Train.loader.num_workers=1", "Train.dataset.shares.synthetic=0", *LISTED), lists)
    with pytest.raises(VinEdgeError, match=r"gone\.png"):
        next(feed.batches(0, 1))


LISTED = ("Train.dataset.label_file_list=[list.txt]",)


def test_sources_have_their_shares(samples: list[Sample]) -> None:
    chosen = settings(*LISTED, "Train.dataset.shares={synthetic: 2, labelled: 1, pseudo: 1}")
    mixture = mixture_from(chosen, Lists(tuple(samples[:2]), tuple(samples[2:])))
    origins = Counter(mixture.line(n).source.partition(" ")[0] for n in range(40))
    assert origins["synthetic"] == 20
    assert sum(origins[s.source] for s in samples[:2]) == 10
    assert sum(origins[s.source] for s in samples[2:]) == 10


def test_nothing_kept_by_the_gate_and_no_synthetic_share_is_said() -> None:
    chosen = settings("Teacher.name=ppocr_v6_small", "Train.dataset.unlabelled=x", "Train.dataset.shares.synthetic=0")
    with pytest.raises(VinEdgeError, match="there is nothing to train on"):
        mixture_from(chosen, Lists())


def test_wrong_labels_and_missing_pictures_are_named(samples: list[Sample], tmp_path: Path) -> None:
    check_samples(samples, "lists")
    wrong = [*samples, Sample(samples[0].path, "1O", "list.txt:9"), Sample(tmp_path / "no.png", VIN, "list.txt:10")]
    with pytest.raises(VinEdgeError, match=r"lists: list\.txt:9 has the label '1O', which is no VIN, and 1 more"):
        check_samples(wrong, "lists")
    with pytest.raises(VinEdgeError, match=r"list\.txt:10 names .*no\.png, which does not exist"):
        check_samples(wrong[-1:], "lists")
    with pytest.raises(VinEdgeError, match="lists holds no pictures"):
        check_samples([], "lists")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("shape", [(24, 160), (1, 1), (3, 400)])
def test_an_alteration_keeps_a_picture_a_picture(operation: object, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, shape, np.uint8)
    before = gray.copy()
    assert callable(operation)
    for _ in range(20):
        altered = operation(gray, rng)
        assert altered.dtype == np.uint8
        assert altered.ndim == 2
        assert altered.size > 0
        assert abs(altered.shape[0] - shape[0]) <= 0.16 * shape[0] + 1
        assert abs(altered.shape[1] - shape[1]) <= 0.06 * shape[1] + 1
    assert np.array_equal(gray, before)


@pytest.mark.parametrize("level", [0, 255])
def test_noise_and_light_clip_instead_of_wrapping(level: int) -> None:
    gray = np.full((20, 100), level, np.uint8)
    for seed in range(20):
        for operation in (op for op in OPERATIONS if op.__name__ in ("noise", "brightness_contrast")):
            altered = operation(gray, np.random.default_rng(seed)).astype(int)
            assert np.abs(altered - level).max() < 128


def test_augmentation_has_its_probability() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (20, 100), np.uint8)
    rng = np.random.default_rng(1)
    assert augment(gray, rng, 0.0) is gray
    altered = sum(augment(gray, rng, 0.5) is not gray for _ in range(1000))
    assert 400 < altered < 540  # half, less 1 in 32 with no operation drawn


def test_the_cosine_schedule() -> None:
    plan = Plan(steps=110, warmup=10, lines_per_step=1)
    rate = LearningRate("Cosine", 0.2)
    found = [learning_rate(rate, plan, step) for step in range(110)]
    assert found[:10] == pytest.approx([0.02 * (n + 1) for n in range(10)])
    assert found[10] == 0.2
    assert found[60] == pytest.approx(0.1)
    assert 0 < found[-1] < 1e-4
    assert all(a >= b for a, b in itertools.pairwise(found[10:]))


def test_the_constant_schedule() -> None:
    plan = Plan(steps=20, warmup=0, lines_per_step=1)
    assert {learning_rate(LearningRate("Const", 0.2), plan, step) for step in range(20)} == {0.2}


def test_epochs_become_steps() -> None:
    listed = settings(
        *LISTED, "Global.steps=null", "Global.epoch_num=3", "Global.processes=2", "Optimizer.lr.warmup_epoch=0.5"
    )
    # Half of the lines are synthetic: 100 pictures take 200 lines, 25 steps of 2 x 4.
    assert plan_from(listed, 100) == Plan(steps=75, warmup=12, lines_per_step=8)
    assert plan_from(settings("Optimizer.lr.warmup_steps=50"), 0) == Plan(steps=6, warmup=6, lines_per_step=4)
