"""Export: checkpoint -> ONNX -> bundle, with checks that fail closed."""
