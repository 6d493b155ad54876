"""How long a run is and what the learning rate of each step is. Pure functions of the step: nothing to save.

warm-up  rate * (s + 1) / warm-up steps
Cosine   rate * (1 + cos(pi * share)) / 2, share = part of the steps after the warm-up that is done
         (Loshchilov and Hutter 2017, "SGDR", without restarts)
Const    rate
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .settings import LearningRate, Settings


@dataclass(frozen=True)
class Plan:
    """`steps` of `lines_per_step` lines each (all processes together), of which `warmup` at a rising rate."""

    steps: int
    warmup: int
    lines_per_step: int


def plan_from(settings: Settings, labelled: int) -> Plan:
    """Return the plan of a run with `labelled` pictures in its lists; epochs become steps here."""
    data, rate = settings.Train.dataset, settings.Optimizer.lr
    lines = settings.Train.loader.batch_size_per_card * settings.Global.processes
    shares = data.shares
    total = shares.synthetic + shares.labelled * bool(labelled) + shares.pseudo * bool(data.unlabelled)
    # A pass over the lists takes as many lines of the mixture as its share of them demands.
    epoch = labelled * total / (shares.labelled * lines) if labelled and shares.labelled else 0.0
    steps = settings.Global.steps or math.ceil((settings.Global.epoch_num or 0) * epoch)
    warmup = rate.warmup_steps if rate.warmup_steps is not None else round((rate.warmup_epoch or 0) * epoch)
    return Plan(steps, min(warmup, steps), lines)


def learning_rate(rate: LearningRate, plan: Plan, step: int) -> float:
    """Return the learning rate of `step` (0 to `plan.steps - 1`)."""
    if step < plan.warmup:
        return rate.learning_rate * (step + 1) / plan.warmup
    if rate.name == "Const":
        return rate.learning_rate
    share = (step - plan.warmup) / max(1, plan.steps - plan.warmup)
    return rate.learning_rate * (1 + math.cos(math.pi * share)) / 2
