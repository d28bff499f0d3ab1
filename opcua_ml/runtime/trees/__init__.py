"""Tree ensembles in treelite's own format, where ONNX can't serve or is slower."""
