"""Models whose calls take as long as a test wants, as estimators that really compute."""

import os
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from opcua_ml.runtime.load import load
from opcua_ml.runtime.model import LoadedModel
from opcua_ml.runtime.packing.pack import pack
from opcua_ml.runtime.trust import Trust


class Busy(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Counts in pure Python, holding the interpreter's lock; a negative input ends the process."""

    def __init__(self, turns: int = 0) -> None:
        self.turns = turns

    def fit(self, x: Any, y: Any) -> Self:
        """Nothing to learn."""
        self.n_features_in_ = np.asarray(x).shape[1]
        self.fitted_ = bool(len(y))
        return self

    def predict(self, x: Any) -> Any:
        """The first column, late."""
        values = np.asarray(x)[:, 0]
        if (values < -1000).any():
            os._exit(3)
        for _ in range(self.turns):
            pass
        return values * 1.0


def busy_model(folder: Path, turns: int) -> LoadedModel:
    """Packed, with its pickle pinned, and loaded."""
    rows = np.arange(20.0).reshape(10, 2)
    package = pack(
        Busy(turns).fit(rows, rows[:, 0]),
        rows,
        rows[:, 0],
        name="busy",
        version="1.0.0",
        path=folder / f"busy-{turns}",
        artifacts=("joblib",),
        golden_rows=3,
    )
    (artifact,) = package.manifest.artifacts
    return load(package, trust=Trust.of("joblib", artifact.sha256))
