"""PP-OCR line recognizers, put together: `ppocr_v4_mobile`, `ppocr_v4_server`, `ppocr_v5_server`.

    pictures (N, 3, 48, W), BGR in -1..1 -> logits (N, W / 8, classes), class 0 the blank; 40 frames at width 320

State-dict keys are PaddleOCR's `BaseModel`'s (`backbone...`, `head.ctc_encoder...`, `head.ctc_head.fc...`,
`head.gtc_head...`). A recognizer names its own parts, early backbone, late backbone, neck and head, for the
fine-tuning techniques that freeze or slow them.
"""

from __future__ import annotations

from paddle import Tensor, nn

from vinedge.errors import VinEdgeError

from ..outputs import Outputs
from .multi_head import MultiHead
from .pphgnet import PPHGNetSmall
from .pphgnetv2 import PPHGNetV2B4
from .pplcnetv3 import PPLCNetV3
from .rep_layer import LearnableRepLayer

HEIGHT = 48
WIDTH = 320

# What official files carry beside the recognizer, and why it is not loaded; matched by the key's beginning.
NOT_NEEDED = {
    "backbone.fc.": "classifies images",
    "backbone.last_conv.": "classifies images",
    "head.gtc_head.positional_encoding.pe": "computed, not stored",
}
GUIDE_KEYS = ("head.before_gtc.", "head.gtc_head.")


class Recognizer(nn.Layer):
    """Backbone and head; `guide` adds the NRTR guide for training."""

    def __init__(self, backbone: nn.Layer, num_classes: int, guide: bool) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = MultiHead(backbone.out_channels, num_classes, guide)

    def forward(self, x: Tensor, guide_tokens: Tensor | None = None) -> Outputs:
        """Return raw logits and the features `backbone` and `neck`; with tokens `(N, L)` also `guide`, its logits.

        Tokens are made by `guidance.tokens_from_labels`; with them the gradient of CTC ends before the backbone.
        """
        frames = self.backbone(x)
        logits, line, guided = self.head(frames, guide_tokens)
        features = {"backbone": frames, "neck": line}
        return Outputs(logits, features if guided is None else {**features, "guide": guided})

    def parts(self) -> dict[str, list[nn.Layer]]:
        """Return the layers of each part from input to output; every parameter is in exactly one."""
        early, late = self.backbone.halves()
        head = [self.head.ctc_head]
        if self.head.has_guide:
            head += [self.head.before_gtc, self.head.gtc_head]
        return {"early_backbone": early, "late_backbone": late, "neck": [self.head.ctc_encoder], "head": head}

    def fuse(self) -> None:
        """Turn re-parameterizable layers into the convolutions they are in evaluation mode; outputs stay the same."""
        for layer in self.sublayers():
            if isinstance(layer, LearnableRepLayer):
                layer.fuse()

    def not_needed(self, key: str) -> str | None:
        """Return why an official file's `key` is not loaded into this recognizer, or None if it should be."""
        if not self.head.has_guide and key.startswith(GUIDE_KEYS):
            return "guides training only"
        return next((reason for beginning, reason in NOT_NEEDED.items() if key.startswith(beginning)), None)


def ppocr_v4_mobile(num_classes: int, *, channels: int = 3, guide: bool = False, fused: bool = False) -> Recognizer:
    """Return PP-OCRv4 mobile; `channels` 1 takes gray pictures, `fused` builds the form that is read and exported."""
    return Recognizer(PPLCNetV3(checked(channels), fused), num_classes, guide)


def ppocr_v4_server(num_classes: int, *, channels: int = 3, guide: bool = False) -> Recognizer:
    """Return PP-OCRv4 server; `channels` 1 takes gray pictures."""
    return Recognizer(PPHGNetSmall(checked(channels)), num_classes, guide)


def ppocr_v5_server(num_classes: int, *, channels: int = 3, guide: bool = False) -> Recognizer:
    """Return PP-OCRv5 server; `channels` 1 takes gray pictures."""
    return Recognizer(PPHGNetV2B4(checked(channels)), num_classes, guide)


def checked(channels: int) -> int:
    if channels not in (1, 3):
        raise VinEdgeError(f"a recognizer reads pictures of 1 channel (gray) or 3 (BGR), got channels={channels}")
    return channels
