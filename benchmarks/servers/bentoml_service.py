"""BentoML as its documentation has it: a service class, arrays in and out. MODEL names the joblib file."""

import os

import bentoml
import joblib
import numpy as np


@bentoml.service
class Logistic:
    """One model."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Probabilities per row."""
        return self.model.predict_proba(rows)
