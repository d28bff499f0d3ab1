"""Models of an MLflow registry: which version an alias names, and its files.

Nothing of MLflow loads a model here: its server tells versions and brings files, and this project's own
loaders read them. Needs the extra `mlflow`, for credentials and requests.

Source: the MLflow REST API, «Get Model Version by Alias», «Get Download URI For ModelVersion Artifacts».
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.registry.answer import answer
from opcua_ml.registry.artifacts import fetch

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.registry.artifacts import Allowance

_ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing connects to anybody that the configuration does not name
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
}
_USERINFO: Final = re.compile(r"(?<=://)[^/\s@]*@")


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
        """As a semantic version, to which what it is made of is added; nobody else numbers so."""
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
            import mlflow  # noqa: F401, PLC0415  an extra
        except ImportError as error:
            raise RegistryUnavailable(
                "MLflow's client is not installed", wanted='pip install "opcua-ml[mlflow]"'
            ) from error
        self._uri = uri

    def followed(self, model: str, alias: str) -> RegisteredVersion:
        """The version that an alias names now.

        Raises:
            RegistryUnavailable: the registry is away, or has no such model or alias.
        """
        try:
            found = answer(self._uri, "/mlflow/registered-models/alias", name=model, alias=alias)
            return RegisteredVersion(model, int(found["model_version"]["version"]))
        except Exception as error:  # MLflow's errors, and those of the libraries below it
            raise self._unavailable(f"models:/{model}@{alias}", error) from error

    def fetched(self, version: RegisteredVersion, folder: Path, allowed: Allowance) -> Path:
        """The version's files, below the folder.

        Raises:
            RegistryUnavailable: they can't be had.
            PackageError: they are more than is allowed, or (ArtifactUntrusted) elsewhere.
        """
        where = f"models:/{version.model}/{version.number}"
        try:
            asked = {"name": version.model, "version": str(version.number)}
            told = answer(self._uri, "/mlflow/model-versions/get-download-uri", **asked)
            fetch(str(told["artifact_uri"]), self._uri, folder, allowed)
        except OpcuaMlError:
            raise
        except Exception as error:  # MLflow's errors, and those of the libraries below it
            raise self._unavailable(where, error) from error
        return folder

    def _unavailable(self, what: str, error: Exception) -> RegistryUnavailable:
        words = str(error).strip().splitlines()
        return RegistryUnavailable(
            "the registry does not give it",
            where=f"{self._uri} {what}",
            found=_USERINFO.sub("", words[0]) if words else type(error).__name__,
        )
