"""LoRA: the weights stay, and low-rank corrections of them are learned; at the end they are merged.

    W' = W + (alpha / r) * B A,     B A of rank r, zero at the start

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv:2106.09685). With 100 to 500 pictures
there is little to overfit with, and little to forget. The recognizers are mostly convolutions, so the 1x1 ones are
corrected as well as the linear maps (`_low_rank.py`); the others, biases and norms stay, statistics included. The
parts or layers `whole` train in full: the head's rows come from another alphabet, or from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import paddle
from paddle import Tensor, nn

from vinedge.errors import VinEdgeError

from ..parts import NORMS, PARTS, Parts, every_layer, parts_from, trainable
from ..settings import FineTuning
from ..technique import Technique
from ._low_rank import LowRank, corrected, kind_of

KINDS = ("linear", "conv1x1")


class Lora(Technique):
    """Moves the corrections, and what is whole."""

    def __init__(self) -> None:
        super().__init__()
        self._whole: set[int] = set()  # ids of the layers that train in full

    def plain_state(self, model: nn.Layer) -> dict[str, Tensor]:
        state: dict[str, Tensor] = model.state_dict()
        for name, layer in _corrections(model):
            state[f"{name}.weight"] = paddle.to_tensor(layer.merged())
            del state[f"{name}.lora_down"], state[f"{name}.lora_up"]
        return state

    def finish(self, model: nn.Layer) -> None:
        layers = {id(layer): layer for _, layer in _corrections(model)}  # once, though it may stand in two places
        for layer in layers.values():
            layer.weight.set_value(layer.merged())
        _replace(model, {key: layer.plain for key, layer in layers.items()})
        self._parts = parts_from(model)
        super().finish(model)

    def _adapt(self, model: nn.Layer, settings: FineTuning) -> None:
        lora = settings.lora
        whole = list(_named_layers(model, lora.whole, self._parts))
        self._whole = {id(layer) for layer in every_layer(whole)}
        keep = {id(parameter) for layer in whole for parameter in layer.parameters()}
        chosen = [layer for layer in _targets(model, lora.targets) if id(layer) not in self._whole]
        for parameter in trainable([model]):
            parameter.stop_gradient = id(parameter) not in keep
        _replace(model, {id(layer): corrected(layer, lora.rank, lora.alpha) for layer in chosen})
        self._parts = parts_from(model)  # a part may have been one of the layers that were replaced

    def _held(self) -> Iterator[nn.Layer]:
        """Statistics are held; dropout before a correction that learns is as useful as ever."""
        layers = every_layer(layer for part in self._parts.values() for layer in part)
        return (layer for layer in layers if isinstance(layer, NORMS) and id(layer) not in self._whole)


def build() -> Technique:
    return Lora()


def _corrections(model: nn.Layer) -> Iterator[tuple[str, LowRank]]:
    """Yield dotted names and corrected layers."""
    return ((name, layer) for name, layer in _named(model) if isinstance(layer, LowRank))


def _targets(model: nn.Layer, targets: Sequence[str]) -> list[nn.Layer]:
    """Return the layers to correct; a target that finds none is an error, for it was meant to."""
    known = {name: (layer, kind) for name, layer in _named(model) if (kind := kind_of(layer))}
    found: dict[int, nn.Layer] = {}
    for target in targets:
        hits = [layer for name, (layer, kind) in known.items() if target == kind or _fits(name, target)]
        if not hits and target not in KINDS:
            raise VinEdgeError(
                f"FineTuning.lora.targets: '{target}' is no linear map or 1x1 convolution of this recognizer; give "
                f"linear, conv1x1, or names such as {', '.join(list(known)[:3])} (* stands for anything)"
            )
        found |= {id(layer): layer for layer in hits}
    if not found:
        raise VinEdgeError("FineTuning.lora.targets finds nothing to correct; give for example [linear, conv1x1]")
    return list(found.values())


def _named_layers(model: nn.Layer, patterns: Sequence[str], parts: Parts) -> Iterator[nn.Layer]:
    """Yield the layers of the parts and of the names that the patterns give."""
    for pattern in patterns:
        hits = parts.get(pattern) or [layer for name, layer in _named(model) if _fits(name, pattern)]
        if not hits:
            raise VinEdgeError(
                f"FineTuning.lora.whole: '{pattern}' is neither a part ({', '.join(PARTS)}) "
                f"nor a layer of this recognizer"
            )
        yield from hits


def _fits(name: str, pattern: str) -> bool:
    """Whether a dotted name is meant: by the whole name, or by its last word if the pattern is a single word."""
    return fnmatchcase(name if "." in pattern else name.rpartition(".")[2], pattern)


def _named(layer: nn.Layer, prefix: str = "") -> Iterator[tuple[str, nn.Layer]]:
    """Yield every layer inside under every dotted name it has; `named_sublayers` gives a shared one only once."""
    for key, child in layer._sub_layers.items():
        if child is not None:
            yield prefix + key, child
            yield from _named(child, f"{prefix}{key}.")


def _replace(model: nn.Layer, by: dict[int, nn.Layer]) -> None:
    """Put other layers in the places of those whose ids are given, everywhere in the model."""
    for layer in list(every_layer([model])):
        for key, child in list(layer._sub_layers.items()):
            if id(child) in by:
                setattr(layer, key, by[id(child)])
