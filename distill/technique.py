"""A fine-tuning technique: which parameters of a pretrained recognizer move, when, and how fast.

    technique = technique_named("gradual")
    groups = technique.prepare(model, settings.FineTuning)       # before the optimizer is built
    for each epoch 1, 2, ...:
        if technique.at_epoch(epoch): show text_from_rows(technique.rows(rate))
        model.train(); technique.hold_eval(model)                # always together: train() wakes the frozen parts
    technique.finish(model)

`prepare` writes each group's multiplier on its parameters (`optimize_attr`), where every optimizer of Paddle finds
it, so the optimizer gets a plain list of parameters. Groups given to the optimizer itself would have their gradients
clipped each by its own norm, and parameters that bring a rate of their own would lose it.
What moves in an epoch follows from its number alone, so a resumed run needs nothing saved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from paddle import Tensor, nn

from vinedge import registry
from vinedge.errors import VinEdgeError

from . import finetune
from .parts import Group, PartRow, Parts, every_layer, hold, parts_from, trainable
from .settings import FineTuning

# What other words mean: the first is the specification's YAML's.
ALIASES = {"discriminative_lr": "discriminative"}
AUTO = "auto"  # chooses one of the others, see `finetune/auto.py`


class Technique:
    """Moves every part at one rate; the others say what they do differently."""

    def __init__(self) -> None:
        self._parts: Parts = {}
        self._found: list[Tensor] = []  # what trained before `prepare`
        self._groups: list[Group] = []
        self._moving: tuple[str, ...] = ()
        self._own_rates: dict[int, float] = {}

    def moving_parts(self, epoch: int) -> tuple[str, ...]:
        """Return the names of the parts that train in `epoch` (1, 2, ...)."""
        return tuple(self._parts)

    def multiplier(self, part: str, settings: FineTuning) -> float:
        """Return what the optimizer's rate is multiplied with in `part`."""
        return 1.0

    def prepare(self, model: nn.Layer, settings: FineTuning) -> list[Group]:
        """Set `model` up for epoch 1 and return all parameters that will ever move, once, by part and rate.

        Parameters that do not train when they come (`trainable=False`) never will.
        """
        self._parts = parts_from(model)
        self._found = trainable([model])
        self._own_rates = {id(one): one.optimize_attr["learning_rate"] for one in self._found}
        self._adapt(model, settings)
        self._groups = [
            group for part in self._parts for group in self._groups_of(part, self.multiplier(part, settings))
        ]
        for group in self._groups:
            for parameter in group.parameters:
                parameter.optimize_attr["learning_rate"] = group.multiplier
        self._moving = ()
        self.at_epoch(1)
        return self._groups

    def at_epoch(self, epoch: int) -> bool:
        """Let what trains in `epoch` (1, 2, ...) train; return whether that changed. `hold_eval` comes after."""
        before, self._moving = self._moving, self.moving_parts(epoch)
        for group in self._groups:
            for parameter in group.parameters:
                parameter.stop_gradient = group.name not in self._moving
        return self._moving != before

    def hold_eval(self, model: nn.Layer) -> None:
        """Put what is frozen in evaluation mode; a model in training mode would still move its statistics."""
        hold(self._held())

    def rows(self, learning_rate: float) -> list[PartRow]:
        """Return what each part trains now, where the optimizer's rate is `learning_rate`."""
        rows = []
        for name, layers in self._parts.items():
            known = {id(parameter): parameter for parameter in self._found}
            known |= {id(parameter): parameter for parameter in trainable(layers)}
            total = sum(
                parameter.size for layer in layers for parameter in layer.parameters() if id(parameter) in known
            )
            counts: dict[float, int] = defaultdict(int)
            for group in self._groups:
                if group.name == name:
                    training = [parameter for parameter in group.parameters if not parameter.stop_gradient]
                    counts[group.multiplier * learning_rate] += sum(parameter.size for parameter in training)
            rates = sorted(((rate, count) for rate, count in counts.items() if count), key=lambda one: -one[1])
            rows.append(PartRow(name, total, tuple(rates)))
        return rows

    def plain_state(self, model: nn.Layer) -> dict[str, Tensor]:
        """Return what `model.state_dict()` would be after `finish`, without changing the model."""
        state: dict[str, Tensor] = model.state_dict()
        return state

    def finish(self, model: nn.Layer) -> None:
        """Make `model` a plain recognizer again: adaptations merged, everything trainable, rates its own."""
        for parameter in self._found:
            parameter.stop_gradient = False
            parameter.optimize_attr["learning_rate"] = self._own_rates[id(parameter)]

    def _adapt(self, model: nn.Layer, settings: FineTuning) -> None:
        """Change the model's layers and freeze what never moves, before its parameters are grouped."""
        ever = set(self.moving_parts(NEVER_ENDING))
        for name, layers in self._parts.items():
            for parameter in trainable(layers) if name not in ever else []:
                parameter.stop_gradient = True

    def _held(self) -> Iterator[nn.Layer]:
        """Yield the layers that stay in evaluation mode."""
        return every_layer(layer for part in self._parts if part not in self._moving for layer in self._parts[part])

    def _groups_of(self, part: str, multiplier: float) -> Iterator[Group]:
        """Yield the part's parameters with `multiplier`, then those with a rate of their own, which it multiplies."""
        by_rate: dict[float, list[Tensor]] = defaultdict(list)
        for parameter in trainable(self._parts[part]):
            by_rate[parameter.optimize_attr["learning_rate"]].append(parameter)
        for own, parameters in sorted(by_rate.items(), key=lambda one: -one[0]):
            yield Group(part, parameters, multiplier * own)


# No run has so many epochs: what does not move by then never does.
NEVER_ENDING = 2**31


def technique_names() -> list[str]:
    """Return the names of the techniques, without `auto`."""
    return [name for name in registry.names(finetune) if name != AUTO]


def technique_named(word: str) -> Technique:
    """Return a fresh technique; an unknown name is a `VinEdgeError` that lists the known ones."""
    name, known = ALIASES.get(word, word), technique_names()
    if name not in known:
        hint = registry.nearest(word, known)
        raise VinEdgeError(f"there is no fine-tuning technique '{word}'{hint} (known: {', '.join(known)})")
    technique: Technique = registry.load(finetune, name).build()
    return technique
