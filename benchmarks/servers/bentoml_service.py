"""BentoML as its documentation has it: a service class, arrays in and out. MODEL names the joblib file."""

import os
from typing import Any

import bentoml  # type: ignore[import-not-found]  # in its own environment
import joblib
import numpy as np


@bentoml.service
class Logistic:
    """One model."""

    def __init__(self) -> None:
        self.model: Any = joblib.load(os.environ["MODEL"])

    @bentoml.api  # type: ignore[untyped-decorator]  # as above
    def predict(self, rows: np.ndarray) -> np.ndarray:  # BentoML reads the annotations
        """Probabilities per row."""
        probabilities: np.ndarray[Any, Any] = self.model.predict_proba(rows)
        return probabilities
