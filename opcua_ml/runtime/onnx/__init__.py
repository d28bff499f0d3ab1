"""ONNX graphs at work by onnxruntime, and how they are made from estimators."""
