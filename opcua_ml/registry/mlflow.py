"""Models of an MLflow registry: which version an alias names, and its files.

Nothing of MLflow loads a model here: its client tells versions and brings files, and this project's own
loaders read them. Needs the extra `mlflow`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opcua_ml.domain.errors import OpcuaMlError
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

    def fetched(self, version: RegisteredVersion, folder: Path, allowed: Allowance) -> Path:
        """The version's files, below the folder.

        Raises:
            RegistryUnavailable: they can't be had.
            PackageError: they are more than is allowed, or (ArtifactUntrusted) elsewhere.
        """
        where = f"models:/{version.model}/{version.number}"
        try:
            source = self._client.get_model_version_download_uri(version.model, str(version.number))
            fetch(source, self._uri, folder, allowed)
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
