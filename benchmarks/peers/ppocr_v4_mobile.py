"""PP-OCRv4 mobile recognition as `rapidocr-onnxruntime` ships it: 3x48x320 or wider, 6,625 classes.

Its own `TextRecognizer` does the work: resize to 48 rows keeping the aspect, pad, network, greedy CTC. Detection
and direction are left out, because a VIN line has already been cropped.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np

TITLE = "PP-OCRv4 mobile"
IMPORT_NAME = "rapidocr_onnxruntime"
DISTRIBUTION = "rapidocr-onnxruntime"


class PpocrV4Mobile:
    """A `TextReader`; opening it loads the recognition model only."""

    name = "ppocr_v4_mobile"
    title = TITLE

    def __init__(self) -> None:
        import rapidocr_onnxruntime
        from rapidocr_onnxruntime.ch_ppocr_rec import TextRecognizer
        from rapidocr_onnxruntime.utils import read_yaml

        folder = Path(rapidocr_onnxruntime.__file__).parent
        config = dict(read_yaml(folder / "config.yaml")["Rec"])
        config["model_path"] = str(folder / config["model_path"])
        config |= {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
        self._recognizer = TextRecognizer(config)
        self.package = f"{DISTRIBUTION} {version(DISTRIBUTION)}"
        # What the session really uses, not what was asked for.
        self.threads: int = self._recognizer.session.session.get_session_options().intra_op_num_threads

    def read(self, picture: np.ndarray) -> str:
        (text, _), *_ = self._recognizer([picture])[0]
        return str(text)


def build() -> PpocrV4Mobile:
    """Return the reader; the model lies in the wheel."""
    return PpocrV4Mobile()
