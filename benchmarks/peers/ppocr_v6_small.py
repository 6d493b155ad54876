"""PP-OCRv6 small recognition as `rapidocr` ships it: 3x48x320 or wider, 18,710 classes.

Its own `RapidOCR` without detection and direction, because a VIN line has already been cropped: enlarge very low
pictures, resize to 48 rows keeping the aspect, pad, network, greedy CTC. Of rapidocr's two ways to recognise a crop
this one reads low pictures better than its bare `TextRecognizer`, and the peer deserves its better one.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np

TITLE = "PP-OCRv6 small"
IMPORT_NAME = "rapidocr"
DISTRIBUTION = "rapidocr"
_MODEL = "models/PP-OCRv6_rec_small.onnx"


class PpocrV6Small:
    """A `TextReader`; only the recognition model is ever loaded."""

    name = "ppocr_v6_small"
    title = TITLE

    def __init__(self) -> None:
        import rapidocr

        settings = {
            "Global.use_det": False,
            "Global.use_cls": False,
            "Global.log_level": "error",  # it reports every step of loading on stderr
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # A model named by path is never looked for on the network.
            "Rec.model_path": str(Path(str(rapidocr.__file__)).parent / _MODEL),
        }
        self._engine = rapidocr.RapidOCR(params=settings)
        self.read(np.full((48, 320, 3), 255, np.uint8))  # it loads the model at the first reading
        self.package = f"{DISTRIBUTION} {version(DISTRIBUTION)}"
        # What the session really uses, not what was asked for.
        self.threads: int = self._engine.text_rec.session.session.get_session_options().intra_op_num_threads

    def read(self, picture: np.ndarray) -> str:
        texts = self._engine(picture).txts
        return str(texts[0]) if texts else ""


def build() -> PpocrV6Small:
    """Return the reader; the model lies in the wheel."""
    return PpocrV6Small()
