"""Building blocks of PP-OCR's line recognizers in Paddle, with PaddleOCR's parameter names.

    picture (N, 3, 48, 320) -> backbone (N, C, 1, 40) -> neck (N, 120, 1, 40) -> CTC head (N, 40, classes)
                                                     \\-> NRTR guide (training only)

Written from the published configurations (PaddleOCR `configs/rec/PP-OCRv4`, `PP-OCRv5`, Apache-2.0), so that
official training weights (`*.pdparams`) load by name. `recognizers` puts the blocks together, `pdparams` and
`onnx_weights` read weights, `weights` loads them, `projection` reduces a head to the VIN alphabet.
"""
