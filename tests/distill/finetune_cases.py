"""What the tests of fine-tuning share: a recognizer of a few hundred weights with every trap, and training steps."""

from __future__ import annotations

import numpy as np

from vinedge.distill.paddle_setup import prepare_paddle

prepare_paddle()

import paddle  # noqa: E402
from paddle import Tensor, nn  # noqa: E402

from vinedge.distill.parts import Parts  # noqa: E402

HEIGHT, WIDTH, CLASSES = 8, 12, 5
OWN_RATE = 0.1


class Affine(nn.Layer):
    """`scale * x`; the scale brings a rate of its own, as PP-LCNetV3's do."""

    def __init__(self) -> None:
        super().__init__()
        attr = paddle.ParamAttr(learning_rate=OWN_RATE)
        self.scale = self.create_parameter([1], attr=attr, default_initializer=nn.initializer.Constant(1.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


class Neck(nn.Layer):
    """Holds a layer whose name says backbone, one whose name says head, and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone_bridge = nn.Linear(6, 4)
        self.norm = nn.BatchNorm1D(4, data_format="NLC")
        self.head_mix = nn.Linear(4, 7, bias_attr=False)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(self.head_mix(self.norm(self.backbone_bridge(x))))


class Reader(nn.Layer):
    """Gray `(N, 1, 8, 12)` to logits `(N, 6, 5)`; both halves of the backbone live in one Sequential."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2D(1, 3, 3, 2, 1),
            nn.BatchNorm2D(3),
            nn.Conv2D(3, 6, 1, stride=(2, 1)),
            nn.BatchNorm2D(6),
            Affine(),
            nn.Conv2D(6, 6, 1, groups=6),
        )
        self.neck = Neck()
        self.head = nn.Linear(7, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.neck(self.body(x).mean(axis=2).transpose([0, 2, 1])))

    def parts(self) -> Parts:
        early, late = [self.body[0], self.body[1]], [self.body[n] for n in range(2, 6)]
        return {"early_backbone": early, "late_backbone": late, "neck": [self.neck], "head": [self.head]}


def reader(seed: int = 0) -> Reader:
    """Return a reader as if it had been pretrained: statistics are not those of a fresh layer."""
    paddle.seed(seed)
    model = Reader()
    model.train()
    for step in range(2):
        model(pictures(100 + step))
    return model


def pictures(seed: int, count: int = 4) -> Tensor:
    return paddle.to_tensor(np.random.default_rng(seed).normal(0, 1, (count, 1, HEIGHT, WIDTH)).astype("float32"))


def state(model: nn.Layer) -> dict[str, np.ndarray]:
    return {name: np.array(value.numpy()) for name, value in model.state_dict().items()}


def step(model: nn.Layer, optimizer: paddle.optimizer.Optimizer, seed: int) -> None:
    """Take one step towards logits that say nothing."""
    (model(pictures(seed)) ** 2).mean().backward()
    optimizer.step()
    optimizer.clear_grad()


def changed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    return {name for name in before if not np.array_equal(before[name], after[name])}
