"""The files of a registered model: from the registry, or a folder that was allowed, and never too many.

Where they lie is told by the registry. What it tells leads to no other host: of all the stores that MLflow
knows, the one is asked that the registry's own server passes on.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from opcua_ml.domain.errors import ArtifactUntrusted, PackageError
from opcua_ml.registry.answer import API, answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_FILES: Final = 1000
DEEPEST: Final = 8
_CHUNK: Final = 2**20
_OK: Final = 200
_ARTIFACTS: Final = "/mlflow-artifacts/artifacts"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be fetched.

    Attributes:
        largest: bytes of all files together.
        folder: below which files of this machine may be named; None for nowhere.
    """

    largest: int
    folder: Path | None = None


def fetch(source: str, uri: str, target: Path, allowed: Allowance) -> None:
    """Bring all files of a source below the target.

    Args:
        source: as the registry names it.
        uri: of the registry's server.
        target: folder.
        allowed: how much, and from where.

    Raises:
        ArtifactUntrusted: the source is not of the registry's server and not in the allowed folder.
        PackageError: there are too many files or bytes, or a name leads out of the target.
        Exception: of MLflow and the libraries below it, where the registry does not give them.
    """
    parts = urlsplit(source)
    if parts.scheme == "mlflow-artifacts" and parts.netloc in ("", urlsplit(uri).netloc):
        _write(_served(source, uri), target, allowed.largest)
        return
    local = Path(unquote(parts.path)).resolve()
    is_local = parts.scheme in ("", "file") and parts.netloc in ("", "localhost")
    if is_local and allowed.folder is not None and local.is_relative_to(allowed.folder.resolve()):
        _write(_local(local), target, allowed.largest)
        return
    raise ArtifactUntrusted(
        "the registry names a place from which nothing is fetched",
        found=f"{parts.scheme or 'file'}://{parts.hostname or ''}",
        wanted="what its own server passes on (mlflow server --serve-artifacts), or artifacts_folder",
    )


def _served(source: str, uri: str) -> Iterator[tuple[str, Iterable[bytes]]]:
    from mlflow.store.artifact.mlflow_artifacts_repo import (  # noqa: PLC0415  an extra
        MlflowArtifactsRepository,
    )
    from mlflow.utils.credentials import get_default_host_creds  # noqa: PLC0415  an extra

    resolve: Any = MlflowArtifactsRepository.resolve_uri  # MLflow tells no types
    known: Any = get_default_host_creds
    place = str(resolve(source, uri))
    server, _, root = place.partition(f"{API}{_ARTIFACTS}")
    host = known(place)
    for path in _listed(server, root.strip("/")):
        yield path, _streamed(host, path)


def _listed(server: str, root: str) -> Iterator[str]:
    """Paths of the files below the root."""
    waiting, folders = [""], 0
    while waiting:
        folder = waiting.pop()
        if folder.count("/") > DEEPEST:
            raise PackageError("the registered model's folders are too deep", where=folder, wanted=DEEPEST)
        folders += 1
        if folders > MOST_FILES:
            raise PackageError("the registered model has too many folders", wanted=f"at most {MOST_FILES}")
        for found in answer(server, _ARTIFACTS, path=posixpath.join(root, folder).rstrip("/")).get(
            "files", []
        ):
            path = posixpath.join(folder, _plain(str(found["path"])))
            if found.get("is_dir"):
                waiting.append(path)
            else:
                yield path


def _plain(path: str) -> str:
    """A path that leads nowhere but down."""
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise PackageError("a file of the registered model lies outside of its folder", found=path)
    return path


def _streamed(host: Any, path: str) -> Iterator[bytes]:
    from mlflow.utils.rest_utils import http_request  # noqa: PLC0415  an extra

    # Part by part, and from this host alone: MLflow's own download has no bound and follows where it is sent.
    ask: Any = http_request
    with ask(host, posixpath.join("/", path), "GET", stream=True, allow_redirects=False) as answer:
        if answer.status_code != _OK:
            raise ConnectionError(f"{path}: HTTP status {answer.status_code}")
        yield from answer.iter_content(_CHUNK)


def _local(folder: Path) -> Iterator[tuple[str, Iterable[bytes]]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(folder):
            yield path.relative_to(folder).as_posix(), _parts(path)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            yield part


def _write(files: Iterable[tuple[str, Iterable[bytes]]], target: Path, largest: int) -> None:
    total, root = 0, target.resolve()
    for count, (name, parts) in enumerate(files, 1):
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise PackageError("a file of the registered model lies outside of its folder", found=name)
        if count > MOST_FILES:
            raise PackageError("the registered model has too many files", wanted=f"at most {MOST_FILES}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for part in parts:
                total += len(part)
                if total > largest:
                    raise PackageError(
                        "the registered model is too large", where=name, wanted=f"at most {largest} bytes"
                    )
                file.write(part)
