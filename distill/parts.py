"""The parts of a recognizer that fine-tuning treats apart, and who learns how fast in them.

    parts = parts_from(model)      {"early_backbone": [layers], "late_backbone": [...], "neck": [...], "head": [...]}

A model names its parts itself with a method `parts()`; nothing is guessed from the names of its parameters, where a
layer called `backbone_bridge` may well belong to the neck. Early layers see strokes and edges, which every script
has; late ones see characters; the neck sees the line; the head knows the alphabet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from paddle import Tensor, nn

from vinedge.errors import VinEdgeError

PARTS = ("early_backbone", "late_backbone", "neck", "head")  # from input to output

Parts = dict[str, list[nn.Layer]]

NORMS = (nn.BatchNorm, nn.BatchNorm1D, nn.BatchNorm2D, nn.BatchNorm3D, nn.SyncBatchNorm)


@dataclass(frozen=True)
class Group:
    """Parameters of the part `name` that learn at `multiplier` times the optimizer's rate."""

    name: str
    parameters: list[Tensor]
    multiplier: float


@dataclass(frozen=True)
class PartRow:
    """One line of the table: of `parameters` numbers in `part`, how many train now at which effective rate."""

    part: str
    parameters: int
    rates: tuple[tuple[float, int], ...]  # (effective learning rate, numbers that train at it), most numbers first

    @property
    def trained(self) -> int:
        return sum(count for _, count in self.rates)


def parts_from(model: nn.Layer) -> Parts:
    """Return the layers of each part; `VinEdgeError` if the model names none, ValueError if it names them wrongly."""
    if not callable(getattr(model, "parts", None)):
        raise VinEdgeError(
            f"{type(model).__name__} cannot be fine-tuned: it does not name its parts ({', '.join(PARTS)}); "
            f"choose a teacher that is trained here, such as ppocr_v4_mobile, or add a method parts() to it"
        )
    parts: Parts = model.parts()
    if tuple(parts) != PARTS:
        raise ValueError(f"{type(model).__name__}.parts() names {list(parts)} instead of {list(PARTS)}")
    seen = Counter(id(one) for layers in parts.values() for layer in layers for one in layer.parameters())
    for name, parameter in model.named_parameters():
        if seen[id(parameter)] != 1:
            raise ValueError(f"{type(model).__name__}.parts() holds {name} {seen[id(parameter)]} times instead of once")
    return parts


def every_layer(layers: Iterable[nn.Layer]) -> Iterator[nn.Layer]:
    """Yield the layers with all that is inside them."""
    for layer in layers:
        yield from layer.sublayers(include_self=True)


def trainable(layers: Iterable[nn.Layer]) -> list[Tensor]:
    """Return the parameters that train now; BatchNorm's statistics, parameters to Paddle, never do."""
    return [parameter for layer in layers for parameter in layer.parameters() if not parameter.stop_gradient]


def statistics(layers: Iterable[nn.Layer]) -> list[Tensor]:
    """Return the running means and variances: what moves without a gradient, unless its layer is in evaluation mode."""
    norms = [layer for layer in every_layer(layers) if isinstance(layer, NORMS)]
    return [value for norm in norms for value in (norm._mean, norm._variance)]


def hold(layers: Iterable[nn.Layer]) -> None:
    """Put these layers, and nothing inside them, in evaluation mode.

    `Layer.eval()` would also switch a flag of the whole process that `Layer.train()` switches back.
    """
    for layer in layers:
        layer.training = False


def text_from_rows(rows: Sequence[PartRow]) -> str:
    """Return the table that is shown before training, with a line for the whole at its end."""
    cells = [("part", "parameters", "trained", "learning rate")]
    for row in rows:
        rates = ", ".join(f"{rate:.3g}" + (f" ({count:,})" if len(row.rates) > 1 else "") for rate, count in row.rates)
        cells.append((row.part, f"{row.parameters:,}", _share(row.trained, row.parameters), rates or "-"))
    total, trained = sum(row.parameters for row in rows), sum(row.trained for row in rows)
    cells.append(("all", f"{total:,}", _share(trained, total), ""))
    part, parameters, share, _ = (max(map(len, column)) for column in zip(*cells, strict=True))
    return "\n".join(f"{a:{part}}  {b:>{parameters}}  {c:>{share}}  {d}".rstrip() for a, b, c, d in cells)


def _share(some: int, total: int) -> str:
    return f"{100 * some / max(1, total):.1f} %"
