"""FastAPI as people write it for one model: a typed body, a row in, label and probabilities out.

MODEL names the file; its ending tells what computes: `.onnx` onnxruntime, `.joblib` scikit-learn.
"""

import os

import numpy as np
from fastapi import FastAPI  # in its own environment
from pydantic import BaseModel

MODEL = os.environ["MODEL"]


class Row(BaseModel):
    """One row."""

    row: list[float]


class Answer(BaseModel):
    """What the model says of it."""

    label: int
    probabilities: list[float]


if MODEL.endswith(".onnx"):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    kind = np.float64 if given.type == "tensor(double)" else np.float32
    wanted = [one.name for one in session.get_outputs()]

    def infer(row: list[float]) -> tuple[int, list[float]]:
        """One row through ONNX."""
        labels, probabilities = session.run(wanted, {given.name: np.array([row], kind)})
        return int(labels[0]), probabilities[0].tolist()
else:
    import joblib

    model = joblib.load(MODEL)

    def infer(row: list[float]) -> tuple[int, list[float]]:
        """One row through scikit-learn."""
        probabilities = model.predict_proba(np.array([row]))[0]
        return int(model.classes_[probabilities.argmax()]), probabilities.tolist()


async def predict(given: Row) -> Answer:
    """On the event loop: a thread would cost more than the model."""
    label, probabilities = infer(given.row)
    return Answer(label=label, probabilities=probabilities)


app = FastAPI()
app.post("/predict")(predict)
