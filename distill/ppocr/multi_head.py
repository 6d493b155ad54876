"""The head of PP-OCRv4 and v5: neck and CTC head, and beside them the NRTR guide for training.

    frames (N, C, 1, T) -> neck (N, 120, 1, T) -> logits (N, T, classes)
                       \\-> before_gtc (N, T, 384) -> guide (N, L - 1, classes + 4)

When the guide is trained, the neck gets the frames without their gradient (`use_guide: True` in PaddleOCR): the
backbone then learns from the guide alone, and CTC fits the neck to it. Without tokens there is no guide, and the
gradient of CTC reaches the backbone; else a recognizer tuned with CTC only would keep its backbone for ever.
"""

from __future__ import annotations

from paddle import Tensor, nn

from .ctc_head import CTCHead
from .nrtr_head import WIDTH as GUIDE_WIDTH
from .nrtr_head import NRTRHead
from .svtr_neck import WIDTH, EncoderWithSVTR


class CTCEncoder(nn.Layer):
    """Holds the neck under the name that official weights give it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = EncoderWithSVTR(channels)

    def forward(self, frames: Tensor) -> Tensor:
        return self.encoder(frames)


class LineFromFrames(nn.Layer):
    """`(N, C, T)` to `(N, T, 384)`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(channels, GUIDE_WIDTH, bias_attr=False)

    def forward(self, frames: Tensor) -> Tensor:
        return self.fc(frames.transpose([0, 2, 1]))


class MultiHead(nn.Layer):
    """Neck and CTC head, with the guide if `guide`."""

    def __init__(self, channels: int, num_classes: int, guide: bool) -> None:
        super().__init__()
        self.ctc_encoder = CTCEncoder(channels)
        self.ctc_head = CTCHead(WIDTH, num_classes)
        if guide:
            self.before_gtc = nn.Sequential(nn.Flatten(2), LineFromFrames(channels))
            self.gtc_head = NRTRHead(num_classes)
        self.has_guide = guide

    def forward(self, frames: Tensor, tokens: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return CTC logits, the neck's `(N, 120, 1, T)`, and the guide's logits if `tokens` `(N, L)` are given."""
        line = self.ctc_encoder(frames if tokens is None else frames.detach())
        logits = self.ctc_head(line.squeeze(2).transpose([0, 2, 1]))
        guided = None if tokens is None else self.gtc_head(self.before_gtc(frames), tokens[:, :-1])
        return logits, line, guided

    def drop_guide(self) -> None:
        """Remove the guide, which reading does not need; nothing happens the second time."""
        if self.has_guide:
            del self.before_gtc, self.gtc_head
            self.has_guide = False
