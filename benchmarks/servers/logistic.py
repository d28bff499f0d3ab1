"""The model that everybody serves: a scaled logistic regression of 8 inputs and 2 classes.

    python logistic.py FILE

writes it with joblib, by the scikit-learn of the environment that will load it. The same seed makes the same
coefficients everywhere.
"""

from __future__ import annotations

import sys
from typing import Any

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

INPUTS = 8
ROW = (0.5, -1.25, 2.0, 0.125, -0.75, 1.5, -2.25, 0.25)
"""What everybody is asked for."""


def fitted(inputs: int = INPUTS) -> tuple[Any, Any, Any]:
    """Pipeline, data (samples, inputs) and classes."""
    data, classes = make_classification(1000, inputs, n_informative=6, n_redundant=1, random_state=0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    return pipeline.fit(data, classes), data, classes


def probability() -> float:
    """Of the first class for `ROW`."""
    return float(fitted()[0].predict_proba([ROW])[0, 0])


if __name__ == "__main__":
    import joblib

    joblib.dump(fitted()[0], sys.argv[1])
