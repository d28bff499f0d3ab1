"""Registers models in MLflow, one of each flavour that its command line names after the URI.

They answer 2, 3, 4 … times `x1 + x2`; the alias champion goes to the first of them.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow import onnx as onnx_flavor
from mlflow import sklearn as sklearn_flavor
from mlflow.exceptions import MlflowException
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression

from opcua_ml import pack

NAME = "pump"
ROWS = np.random.default_rng(7).normal(size=(60, 2))


def main(uri: str, flavors: list[str]) -> None:
    """Train, log and register."""
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    try:
        client.create_registered_model(NAME)
    except MlflowException as error:
        # MLflow's client asks again where a busy server is late, and then finds what it made itself.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for gain, flavor in enumerate(flavors, 2):
        model = LinearRegression().fit(ROWS, gain * ROWS.sum(axis=1))
        with mlflow.start_run() as run:
            source = logged(model, flavor, gain)
        if source.startswith("models:"):
            mlflow.register_model(source, NAME)
        else:
            client.create_model_version(NAME, source, run.info.run_id)
    client.set_registered_model_alias(NAME, "champion", "1")


def logged(model: LinearRegression, flavor: str, gain: int) -> str:
    """Where MLflow has the model now."""
    if flavor == "package":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "package"
            pack(model, ROWS, name="sum", version=f"{gain}.5.0", path=path, names=["x1", "x2"])
            mlflow.log_artifacts(str(path), "package")
        return str(mlflow.get_artifact_uri("package"))
    if flavor == "onnx":
        graph = to_onnx(model, ROWS[:1])
        return str(onnx_flavor.log_model(graph, name="model", input_example=ROWS[:10]).model_uri)
    return str(
        sklearn_flavor.log_model(
            model, name="model", serialization_format=flavor, input_example=ROWS[:10]
        ).model_uri
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # MLflow's own, of which there are many
    main(sys.argv[1], sys.argv[2:])
