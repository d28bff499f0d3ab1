"""Models of an MLflow registry: which version an alias names, and its files as a package.

Nothing of MLflow loads a model here: its client tells versions and brings files, and this project's own
loaders read them. Needs the extra `mlflow`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.errors import ArtifactUntrusted, OpcuaMlError, PackageError
from opcua_ml.runtime.imports.model_file import packaged
from opcua_ml.runtime.package.manifest import FILE
from opcua_ml.runtime.package.package import open_package

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.runtime.imports.facts import ImportFacts
    from opcua_ml.runtime.package.package import Package

_ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing connects to anybody that the configuration does not name
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
_DEEPEST: Final = 3


class RegistryUnavailable(OpcuaMlError):
    """The registry can't be asked, or has no such model, version or alias."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version of a registered model.

    Attributes:
        model: its name in the registry.
        number: counted by the registry from 1.
    """

    model: str
    number: int

    @property
    def version(self) -> str:
        """As a semantic version, for models that bring none of their own; nobody else numbers so."""
        return f"{self.number}.0.0+mlflow"


class MlflowRegistry:
    """One registry; every method blocks.

    Args:
        uri: of its server: http or https, its host and port.

    Raises:
        RegistryUnavailable: MLflow's client is not installed.
    """

    def __init__(self, uri: str) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import MlflowClient  # noqa: PLC0415  an extra
        except ImportError as error:
            raise RegistryUnavailable(
                "MLflow's client is not installed", wanted='pip install "opcua-ml[mlflow]"'
            ) from error
        self._uri = uri
        self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def followed(self, model: str, alias: str) -> RegisteredVersion:
        """The version that an alias names now.

        Raises:
            RegistryUnavailable: the registry is away, or has no such model or alias.
        """
        try:
            found = self._client.get_model_version_by_alias(model, alias)
            return RegisteredVersion(model, int(found.version))
        except Exception as error:  # MLflow's errors, and those of the libraries below it
            raise self._unavailable(f"models:/{model}@{alias}", error) from error

    def fetched(self, version: RegisteredVersion, folder: Path) -> Path:
        """The version's files, below the folder.

        Raises:
            RegistryUnavailable: they can't be had.
        """
        from mlflow.artifacts import download_artifacts  # noqa: PLC0415  an extra

        where = f"models:/{version.model}/{version.number}"
        try:
            source = self._client.get_model_version_download_uri(version.model, str(version.number))
            download_artifacts(artifact_uri=source, dst_path=str(folder), tracking_uri=self._uri)
        except Exception as error:  # MLflow's errors, and those of the libraries below it
            raise self._unavailable(where, error) from error
        return folder

    def _unavailable(self, what: str, error: Exception) -> RegistryUnavailable:
        words = str(error).strip().splitlines()
        return RegistryUnavailable(
            "the registry does not give it", where=f"{self._uri} {what}", found=words[0] if words else error
        )


def package_of(folder: Path, version: RegisteredVersion, facts: ImportFacts, target: Path) -> Package:
    """The package that an MLflow model's files hold, or one made of its skops or ONNX flavour.

    Args:
        folder: with the model's files.
        version: of the registry.
        facts: what MLflow does not tell: units, ranges, classes; the version is the registry's.
        target: of a package that is made: a zip.

    Raises:
        ArtifactUntrusted: the model is a pickle.
        PackageError: it is of no flavour that is served, or has no input example.
    """
    own = _own_package(folder)
    if own is not None:
        return open_package(own)
    flavors, root = _flavors(folder)
    told = facts.model_copy(update={"version": version.version})
    if "onnx" in flavors:
        file = root / str(flavors["onnx"].get("data", "model.onnx"))
    else:
        sklearn = flavors.get("sklearn", {})
        if sklearn.get("serialization_format") != "skops":
            raise ArtifactUntrusted(
                "the MLflow model is a pickle, which could run any code",
                where=f"{version.model} {version.number}",
                found=", ".join(sorted(flavors)),
                wanted='mlflow.sklearn.log_model(…, serialization_format="skops"), mlflow.onnx.log_model, '
                "or a package of opcua-ml among the model's files",
            )
        file = root / str(sklearn.get("pickled_model", "model.skops"))
    return packaged(file, told, _examples(root), target)


def _own_package(folder: Path) -> Path | None:
    """A package among the files, as a folder or a zip."""
    for depth in range(_DEEPEST + 1):
        for found in sorted(folder.glob("/".join(["*"] * depth + [FILE]))):
            return found.parent
        for found in sorted(folder.glob("/".join(["*"] * depth + ["*.zip"]))):
            return found
    return None


def _flavors(folder: Path) -> tuple[dict[str, Any], Path]:
    from mlflow.models import Model  # noqa: PLC0415  an extra

    described = next(iter(sorted(folder.rglob("MLmodel"))), None)
    if described is None:
        raise PackageError("no MLflow model", where=str(folder), wanted="a file MLmodel, or a package")
    return dict(Model.load(str(described)).flavors), described.parent


def _examples(root: Path) -> tuple[tuple[str, ...], Any]:
    """Names and rows of the input example that was logged with the model."""
    import numpy as np  # noqa: PLC0415  only where a model is imported

    path = root / "input_example.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackageError(
            "the MLflow model has no input example that can be read",
            where=str(path),
            wanted="log_model(…, input_example=…), whose rows become golden rows",
        ) from error
    rows = document.get("data", document.get("inputs")) if isinstance(document, dict) else document
    columns = document.get("columns") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        raise PackageError("the input example is no table", where=str(path), wanted="rows of columns")
    names = tuple(map(str, columns)) if columns else tuple(f"x{place + 1}" for place in range(len(rows[0])))
    return names, np.asarray(rows, dtype=float)
