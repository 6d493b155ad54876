"""From a feature map to frames: the mean over all rows and over pairs of columns.

    (N, C, rows, 2T) -> (N, C, 1, T)

PaddleOCR pools 3x2 when it reads and to 1x40 when it trains. Both are this mean at the shapes it was published
with (3 rows at height 48, and 320 columns); at other shapes the two differ, and a recognizer tuned on one would
be read with the other. Here it is one rule.
"""

from __future__ import annotations

import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor


def frames_from_map(x: Tensor) -> Tensor:
    """Return `(N, C, 1, T)`; an odd last column is dropped, as PaddleOCR drops it."""
    return F.avg_pool2d(x, [x.shape[2], 2])
