"""Model packages, and the artifacts in them at work; the only door to scikit-learn and ONNX."""
