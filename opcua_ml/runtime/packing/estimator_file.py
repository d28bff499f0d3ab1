"""A fitted estimator from a file that somebody saved, to be packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import ArtifactUntrusted, PackageError
from opcua_ml.runtime.estimator.joblib_file import load_joblib
from opcua_ml.runtime.estimator.skops_file import load_skops, untrusted_types
from opcua_ml.runtime.package.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from pathlib import Path

PICKLES = (".joblib", ".pkl", ".pickle")
SKOPS = ".skops"


def read_estimator(path: Path, *, is_trusted: bool) -> Any:
    """The estimator in a `.skops` or `.joblib` file.

    Args:
        path: of the file.
        is_trusted: whether its author is: a joblib file is a pickle and runs what its author wrote.

    Raises:
        ArtifactUntrusted: the file could run foreign code, and nobody said that its author is trusted.
        ArtifactCorrupted: it can't be loaded.
        PackageError: it is missing, too long or of another kind.
    """
    kind, where = path.suffix.lower(), str(path)
    if kind not in (*PICKLES, SKOPS):
        raise PackageError(
            "no file of an estimator", where=where, found=kind or "no extension", wanted=".skops or .joblib"
        )
    if kind in PICKLES and not is_trusted:
        raise ArtifactUntrusted(
            "a pickle could run any code", where=where, wanted="--trust, if you trust the file's author"
        )
    data = read_artifact(path)
    if kind in PICKLES:
        return load_joblib(data, where)
    allowed = untrusted_types(data, where) if is_trusted else ()
    return load_skops(data, allowed, where, wanted="--trust, if you trust the file's author")


def read_artifact(path: Path) -> bytes:
    """The bytes of a file that may become an artifact of a package.

    Raises:
        PackageError: it can't be read, or is longer than a package's artifact may be.
    """
    limit = DEFAULT_LIMITS.artifact
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise PackageError("the file can't be read", where=str(path), found=error.strerror) from error
    if len(data) > limit:
        raise PackageError("the file is too long", where=str(path), wanted=f"at most {limit} bytes")
    return data
