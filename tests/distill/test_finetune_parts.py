"""Parts: named by the model, complete, and shown with what trains in them."""

from __future__ import annotations

import pytest
from finetune_cases import Reader, reader

from vinedge.distill.parts import (
    PARTS,
    PartRow,
    Parts,
    every_layer,
    hold,
    parts_from,
    statistics,
    text_from_rows,
    trainable,
)
from vinedge.errors import VinEdgeError

# isort: split
from paddle import nn


class Broken(Reader):
    """Names its parts as `how` says."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def parts(self) -> Parts:
        parts = super().parts()
        if self.how == "missing":
            parts["head"] = []
        elif self.how == "twice":
            parts["neck"] = [*parts["neck"], self.head]
        else:
            parts["tail"] = parts.pop("head")
        return parts


def test_parts_are_the_models_own_whatever_its_layers_are_called() -> None:
    model = reader()
    assert tuple(parts_from(model)) == PARTS
    assert parts_from(model)["neck"][0].backbone_bridge is model.neck.backbone_bridge


def test_a_model_that_names_no_parts_cannot_be_tuned() -> None:
    with pytest.raises(VinEdgeError, match=r"Linear cannot be fine-tuned: .* parts \(early_backbone, late_backbone"):
        parts_from(nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("missing", r"head\.weight 0 times"),
        ("twice", r"head\.weight 2 times"),
        ("misnamed", r"names \['early_backbone', 'late_backbone', 'neck', 'tail'\]"),
    ],
)
def test_wrong_parts_are_found(how: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parts_from(Broken(how))


def test_statistics_and_what_trains_are_all_parameters_and_share_none() -> None:
    model = reader()
    moving, running = trainable([model]), statistics([model])
    assert len(running) == 2 * 3
    assert {id(one) for one in (*moving, *running)} == {id(one) for one in model.parameters()}
    assert len(moving) + len(running) == len(model.parameters())


def test_holding_reaches_exactly_the_layers_given() -> None:
    model = reader()
    model.train()
    hold([model.neck])
    assert [layer.training for layer in (model, model.neck, model.neck.norm)] == [True, False, True]
    hold(every_layer([model.neck]))
    assert not any(layer.training for layer in every_layer([model.neck]))
    assert model.head.training


def test_the_table_says_parameters_share_and_effective_rates() -> None:
    rows = [
        PartRow("early_backbone", 12_000, ()),
        PartRow("late_backbone", 8_000, ((1e-4, 7_990), (1e-5, 10))),
        PartRow("head", 4_114, ((0.001, 4_114),)),
    ]
    assert text_from_rows(rows).splitlines() == [
        "part            parameters  trained  learning rate",
        "early_backbone      12,000    0.0 %  -",
        "late_backbone        8,000  100.0 %  0.0001 (7,990), 1e-05 (10)",
        "head                 4,114  100.0 %  0.001",
        "all                 24,114   50.2 %",
    ]
