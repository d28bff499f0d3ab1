"""Loading the estimator of a package: trust first, then versions, then the file."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import ArtifactUntrusted, LibraryMismatch
from opcua_ml.runtime.contract.trust import UNTRUSTED_YET_KNOWN
from opcua_ml.runtime.estimator.joblib_file import load_joblib
from opcua_ml.runtime.estimator.skops_file import load_skops

if TYPE_CHECKING:
    from opcua_ml.runtime.contract.trust import Trust
    from opcua_ml.runtime.package.artifact_parts import JoblibArtifact, SkopsArtifact
    from opcua_ml.runtime.package.package import Package


def load_estimator(package: Package, artifact: SkopsArtifact | JoblibArtifact, trust: Trust) -> Any:
    """The estimator in one of the package's artifacts, as it was fitted.

    Raises:
        ArtifactUntrusted: it could run foreign code, and `trust` does not allow that.
        LibraryMismatch: another version of its library is installed.
        HashMismatch, ArtifactCorrupted: its file is not what the manifest says.
    """
    where = package.where(artifact)
    pinned = bool({package.content_hash, artifact.sha256} & trust.pins)
    if artifact.format == "joblib":
        _refuse_pickle(artifact, where, pinned=pinned, allowed=trust.joblib)
    check_libraries(package)
    data = package.read(artifact)
    if artifact.format == "joblib":
        return load_joblib(data, where)
    allowed = UNTRUSTED_YET_KNOWN | set(artifact.untrusted_types) if pinned else frozenset[str]()
    return load_skops(data, allowed, where, wanted=_pin_of(artifact.sha256))


def check_libraries(package: Package) -> None:
    """Hold the libraries that fitted the estimator against those installed: major and minor must agree.

    Raises:
        LibraryMismatch: one is missing, or of another version.
    """
    framework = package.manifest.framework
    for name, wanted in {framework.name: framework.version, **framework.libraries}.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found.split(".")[:2] != wanted.split(".")[:2]:
            raise LibraryMismatch(
                f"the estimator was fitted by another version of {name}",
                where=str(package.path),
                found=found,
                wanted=f"{'.'.join(wanted.split('.')[:2])}, or an ONNX artifact in the package",
            )


def _refuse_pickle(artifact: JoblibArtifact, where: str, *, pinned: bool, allowed: bool) -> None:
    if not allowed:
        raise ArtifactUntrusted(
            "a joblib file is a pickle and could run any code",
            where=where,
            wanted=f"leave for this model in the configuration, or inspect --pin {artifact.sha256}",
        )
    if not pinned:
        raise ArtifactUntrusted(
            "a joblib file is a pickle and its hash is not pinned",
            where=where,
            wanted=_pin_of(artifact.sha256),
        )


def _pin_of(sha256: str) -> str:
    return f"the hash {sha256} pinned in the configuration, if you trust the file's author"
