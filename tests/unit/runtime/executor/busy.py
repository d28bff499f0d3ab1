"""Models whose calls take as long as a test wants, as estimators that really compute."""

import os
import time
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from opcua_ml.runtime.contract.model import LoadedModel
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.packing.pack import pack

FATAL = -2000.0
HANGS = -3000.0
TELLS_PROCESS = -4000.0
TELLS_SECRET = -5000.0
SECRET = "OPCUA_ML_TEST_PASSWORD"
SECONDS_OF_A_HANG = 60.0


class Busy(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Computes in pure Python, holding the interpreter's lock, or waits; some inputs make it misbehave.

    Args:
        seconds: of the processor's time, so that a busy machine makes it slower as it does real models.
        waits: seconds.
    """

    def __init__(self, seconds: float = 0.0, waits: float = 0.0) -> None:
        self.seconds = seconds
        self.waits = waits

    def fit(self, x: Any, y: Any) -> Self:
        """Nothing to learn."""
        self.n_features_in_ = np.asarray(x).shape[1]
        self.fitted_ = bool(len(y))
        return self

    def predict(self, x: Any) -> Any:
        """The first column, late."""
        values = np.asarray(x)[:, 0] * 1.0
        if (values == FATAL).any():
            os._exit(3)
        if (values == TELLS_PROCESS).any():
            return values * 0.0 + os.getpid()
        if (values == TELLS_SECRET).any():
            return values * 0.0 + (SECRET in os.environ)
        end = time.thread_time() + (SECONDS_OF_A_HANG if (values == HANGS).any() else self.seconds)
        while time.thread_time() < end:
            pass
        if self.waits:
            time.sleep(self.waits)
        return values


def busy_model(folder: Path, seconds: float, waits: float = 0.0) -> LoadedModel:
    """Packed, with its pickle pinned, and loaded."""
    rows = np.arange(20.0).reshape(10, 2)
    package = pack(
        Busy().fit(rows, rows[:, 0]).set_params(seconds=seconds, waits=waits),
        rows,
        rows[:, 0],
        name="busy",
        version="1.0.0",
        path=folder / "busy",
        artifacts=("joblib",),
        golden_rows=3,
    )
    (artifact,) = package.manifest.artifacts
    return load(package, trust=Trust.of("joblib", artifact.sha256))
