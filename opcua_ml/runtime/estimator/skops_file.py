"""Estimators in skops files: no code runs at load, and no type is built that nobody trusts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import ArtifactCorrupted, ArtifactUntrusted, PackageError
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.package.archive import Archive
from opcua_ml.runtime.package.limits import INSIDE_AN_ARTIFACT

if TYPE_CHECKING:
    from collections.abc import Collection


def dump_skops(estimator: Any) -> bytes:
    """The estimator as a skops file.

    Raises:
        PackageError: it holds what skops can't keep, such as a lambda.
    """
    import skops.io  # noqa: PLC0415  takes a second to import

    try:
        data: bytes = skops.io.dumps(estimator)
        skops.io.get_untrusted_types(data=data)
    except Exception as error:  # skops asks the estimator's own code for its state
        raise PackageError("skops can't keep this estimator", found=told(error)) from error
    return data


def untrusted_types(data: bytes, where: str) -> tuple[str, ...]:
    """Types in a skops file that skops does not trust by itself; nothing is built.

    Raises:
        ArtifactCorrupted: it is no skops file.
    """
    import skops.io  # noqa: PLC0415  takes a second to import

    try:
        Archive(io.BytesIO(data), INSIDE_AN_ARTIFACT, where)
        return tuple(skops.io.get_untrusted_types(data=data))
    except PackageError as error:
        raise ArtifactCorrupted("not a skops file", where=where, found=error.what) from error
    except Exception as error:  # whatever a file that is no skops file makes its reader raise
        raise ArtifactCorrupted("not a skops file", where=where, found=told(error)) from error


def load_skops(data: bytes, allowed: Collection[str], where: str, *, wanted: str) -> Any:
    """The estimator in a skops file.

    Args:
        data: of the file.
        allowed: types that may be built although skops does not trust them by itself.
        where: told in errors.
        wanted: told where it is refused.

    Raises:
        ArtifactUntrusted: there are others.
        ArtifactCorrupted: it is no skops file, or building what it holds fails.
    """
    import skops.io  # noqa: PLC0415  takes a second to import

    found = untrusted_types(data, where)
    refused = sorted(set(found) - set(allowed))
    if refused:
        raise ArtifactUntrusted(
            "the skops file holds types that could do harm",
            where=where,
            found=", ".join(refused),
            wanted=wanted,
        )
    try:
        return skops.io.loads(data, trusted=list(found))
    except Exception as error:  # constructors of any trusted type run here
        raise ArtifactCorrupted("the skops file can't be loaded", where=where, found=told(error)) from error
