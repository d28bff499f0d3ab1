"""The model of the benchmarks as each server wants it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.servers.logistic import INPUTS, fitted
from opcua_ml.runtime.packing.pack import pack

if TYPE_CHECKING:
    from benchmarks.environments import PythonEnvironment

_TRAINER = Path(__file__).parent / "servers" / "logistic.py"


def model_package(folder: Path, inputs: int = INPUTS) -> Path:
    """Our package of it, made once per folder; the ONNX artifact inside is what FastAPI serves, too."""
    path = folder / f"logistic{inputs}"
    if not path.exists():
        model, data, classes = fitted(inputs)
        pack(model, data, classes, name="logistic", version="1.0.0", path=path)
    return path


def joblib_file(folder: Path, environment: PythonEnvironment) -> Path:
    """The estimator as a joblib file of that environment's own scikit-learn.

    Raises:
        Unavailable: the environment can't be made.
    """
    path = folder / f"{environment.name}.joblib"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([environment.executable(), str(_TRAINER), str(path)], check=True)
    return path
