"""The training loop: one step after another, validated and saved at intervals, stoppable at any moment.

Everything a step does follows from its number (its lines, its learning rate, its random numbers) and from the
weights, the optimizer's state and the average before it. So a run that is stopped and resumed reaches the very
weights of one that was not (on a CPU, bit for bit).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import paddle

from vinedge.charset import MIN_FRAMES
from vinedge.errors import VinEdgeError
from vinedge.preprocess import InputSpec, normalize

from .batch import Batch
from .checkpoint import Arrays, Checkpoint, arrays_from, assign, build_student, save_checkpoint
from .ema import Ema
from .evaluate import LabelledLines, Score, read_fitted, score_from_tally, tally
from .feed import Feed
from .frozen_teacher import FrozenTeacher
from .objective import Objective
from .optimizer import build_optimizer, optimizer_arrays, restore_optimizer
from .parallel import Group
from .progress import Reporter
from .run_folder import RunFolder
from .schedule import Plan, learning_rate
from .settings import Settings
from .stopping import Reason, Stopping

Ending = Literal["finished", "interrupted", "time"]
# Share of the way the reported loss moves towards each step's: about the last 50 steps.
SMOOTHING = 0.02


@dataclass(frozen=True)
class Outcome:
    """How a run ended, after which step and how much training time."""

    ending: Ending
    step: int
    elapsed_s: float


class Speedometer:
    """Lines a second over the last 50 steps."""

    def __init__(self, lines_per_step: int) -> None:
        self._lines = lines_per_step
        self._times = deque([time.monotonic()], maxlen=51)

    def step(self) -> float:
        """Note that a step is done and return the speed."""
        self._times.append(time.monotonic())
        return self._lines * (len(self._times) - 1) / max(1e-9, self._times[-1] - self._times[0])


class Trainer:
    """One process's part of a run."""

    def __init__(self, settings: Settings, plan: Plan, group: Group, folder: RunFolder, reporter: Reporter) -> None:
        self.settings, self.plan, self.group, self.folder, self.reporter = settings, plan, group, folder, reporter
        paddle.seed(settings.Global.seed)
        self.layer = build_student(settings)
        self.ema = Ema(self.layer, build_student(settings), settings.EMA.decay)
        self.optimizer = build_optimizer(settings, self.layer)
        self.spec = InputSpec(settings.Student.height, settings.Student.width)
        self._check_frames()
        self.objective = Objective(settings)
        # After the student: its start is the same with and without a teacher.
        self.teacher = FrozenTeacher(settings) if settings.Distillation.teacher else None
        self.done = 0  # finished steps
        self.earlier_s = 0.0
        self.best: list[float] | None = None

    def _check_frames(self) -> None:
        """With fewer frames some VINs have no CTC path at all: their loss would be left out without a word."""
        with paddle.no_grad():
            frames = self.ema.layer(paddle.zeros([1, 1, self.spec.height, self.spec.width])).logits.shape[1]
        if frames < MIN_FRAMES:
            raise VinEdgeError(
                f"{self.settings.Student.name} gives {frames} frames for Student.width {self.spec.width}, and a VIN "
                f"may need {MIN_FRAMES} (17 characters, 16 blanks between equal ones); make the width larger"
            )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint with state."""
        if checkpoint.state is None:
            raise VinEdgeError(f"{self.folder.last} cannot be resumed: it has no state.safetensors")
        parts: dict[str, Arrays] = {"student": {}, "optimizer": {}}
        for key, value in checkpoint.state.items():
            part, _, name = key.partition("/")
            parts[part][name] = value
        assign(self.layer, parts["student"], f"{self.folder.last}/state.safetensors")
        assign(self.ema.layer, checkpoint.weights, f"{self.folder.last}/weights.safetensors")
        restore_optimizer(self.optimizer, self.layer, parts["optimizer"])
        self.done, self.earlier_s, self.best = checkpoint.step, checkpoint.elapsed_s, checkpoint.best

    def run(self, feed: Feed, validation: Sequence[LabelledLines]) -> Outcome:
        """Train until the plan is done or something asks to stop; `last` is then saved, and `best` when validated."""
        run = self.settings.Global
        ending: Ending = "finished"
        validated_at = -1
        smooth: dict[str, float] = {}
        self.layer.train()
        self.reporter.start(self.done, self.plan.steps)
        try:
            with Stopping(run.max_minutes, self.earlier_s) as stopping:
                speedometer = Speedometer(self.plan.lines_per_step)
                for batch in feed.batches(self.done, self.plan.steps):
                    values, interrupted, late = self.step(batch, stopping.reason())
                    for name, value in values.items():
                        smooth[name] = smooth.get(name, value) + SMOOTHING * (value - smooth.get(name, value))
                    speed = speedometer.step()
                    self.reporter.step(self.done, smooth["total"], speed)
                    if self.done % run.print_batch_step == 0:
                        self._record(smooth, speed, stopping.elapsed_s)
                    # Due validations come before an interruption: a resumed run begins with the next step.
                    if self.done % run.eval_batch_step == 0:
                        self.validate(validation, stopping.elapsed_s)
                        validated_at = self.done
                    if interrupted:
                        if validated_at != self.done:
                            self.save_last({}, stopping.elapsed_s)
                        return Outcome("interrupted", self.done, stopping.elapsed_s)
                    if late:
                        ending = "time"
                        break
                if validated_at != self.done:
                    self.validate(validation, stopping.elapsed_s)
                return Outcome(ending, self.done, stopping.elapsed_s)
        finally:
            self.reporter.stop()

    def step(self, batch: Batch, stop: Reason | None) -> tuple[dict[str, float], bool, bool]:
        """Take one optimizer step; return the losses (means over all processes, weighted sum as `total`), and
        whether any process wants to stop because it was interrupted, or because time is up."""
        # Random layers, if a student has any, draw the same at step s whether or not the run was interrupted before.
        paddle.seed((self.settings.Global.seed + self.done * self.group.size + self.group.rank) % 2**31)
        inputs = paddle.to_tensor(normalize(batch.images, self.spec)[:, None])
        taught = self.teacher.outputs(inputs, batch) if self.teacher else None
        total, parts = self.objective(self.layer(inputs), batch, taught)
        total.backward()
        report = np.array(
            [*map(float, parts.values()), float(total), stop == "interrupted", stop == "time"], np.float32
        )
        parameters = self.layer.parameters()
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        # BatchNorm's running statistics (in Paddle: parameters without gradient) are averaged with the gradients,
        # so that the processes stay identical.
        statistics = [parameter for parameter in parameters if parameter.grad is None]
        report = self.group.average([*gradients, *statistics], report)
        *means, interrupted, late = (report / self.group.size).tolist()
        values = dict(zip([*parts, "total"], means, strict=True))
        if not math.isfinite(values["total"]):
            raise VinEdgeError(
                f"the loss became {values['total']} at step {self.done + 1}; lower Optimizer.lr.learning_rate or raise "
                f"its warm-up (the last good state is in {self.folder.last})"
            )
        self.optimizer.set_lr(learning_rate(self.settings.Optimizer.lr, self.plan, self.done))
        self.optimizer.step()
        self.optimizer.clear_grad()
        self.ema.update(self.done)
        self.done += 1
        return values, interrupted > 0, late > 0

    def validate(self, sets: Sequence[LabelledLines], elapsed_s: float) -> None:
        """Read the validation sets with the averaged weights, save `last`, and `best` if none was better."""
        scores = {lines.name: self._score(lines) for lines in sets}
        metrics = {"step": self.done, "validation": {name: score.as_json() for name, score in scores.items()}}
        deciding = scores[sets[0].name].rank
        better = self.best is None or deciding > self.best
        if better:
            self.best = deciding
        if self.group.rank:
            return
        self.folder.add_metrics({**metrics, "elapsed_s": round(elapsed_s, 1)})
        self.save_last(metrics, elapsed_s)
        if better:
            save_checkpoint(self.folder.best, self._checkpoint(metrics, elapsed_s, with_state=False))
        words = "  ".join(f"{name} {score.exact}, CER {100 * score.cer:.2f} %" for name, score in scores.items())
        self._say(f"step {self.done}/{self.plan.steps}  {words}{'  (best so far)' if better else ''}")

    def save_last(self, metrics: dict[str, Any], elapsed_s: float) -> None:
        """Write the resumable checkpoint."""
        if self.group.rank == 0:
            save_checkpoint(self.folder.last, self._checkpoint(metrics, elapsed_s, with_state=True))

    def _checkpoint(self, metrics: dict[str, Any], elapsed_s: float, *, with_state: bool) -> Checkpoint:
        state: Arrays | None = None
        if with_state:
            state = {f"student/{name}": value for name, value in arrays_from(self.layer).items()}
            optimizer = optimizer_arrays(self.optimizer, self.layer)
            state |= {f"optimizer/{name}": value for name, value in optimizer.items()}
        return Checkpoint(self.settings, arrays_from(self.ema.layer), self.done, metrics, state, elapsed_s, self.best)

    def _score(self, lines: LabelledLines) -> Score:
        """Return the score over all processes, each of which reads every so manieth line."""
        own = slice(self.group.rank, None, self.group.size)
        counts = tally(read_fitted(self.ema.layer, lines.images[own], self.spec), lines.vins[own])
        return score_from_tally(self.group.sum(counts.astype(np.float32)))

    def _record(self, smooth: dict[str, float], speed: float, elapsed_s: float) -> None:
        if self.group.rank:
            return
        losses = {name: round(value, 5) for name, value in smooth.items() if name != "total"}
        rate = learning_rate(self.settings.Optimizer.lr, self.plan, self.done - 1)
        self.folder.add_metrics(
            {
                "step": self.done,
                "loss": round(smooth["total"], 5),
                "losses": losses,
                "learning_rate": rate,
                "lines_per_s": round(speed, 1),
                "elapsed_s": round(elapsed_s, 1),
            }
        )

    def _say(self, text: str) -> None:
        self.reporter.say(text)
        self.folder.log(text)
