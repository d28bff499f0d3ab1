"""`load`: from a package to a model that has proved itself on the golden rows."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from opcua_ml.domain.errors import (
    ArtifactCorrupted,
    ArtifactUntrusted,
    GoldenRowsMismatch,
    HashMismatch,
    InferenceFailed,
    LibraryMismatch,
    PackageError,
)
from opcua_ml.runtime.contract.contract import Contract
from opcua_ml.runtime.contract.model import Abandonable, LoadedModel, Origin, Predictor, SingleRows
from opcua_ml.runtime.contract.trust import NO_TRUST, Trust
from opcua_ml.runtime.loading.race import quickest
from opcua_ml.runtime.package.golden import check_golden
from opcua_ml.runtime.package.package import Package, open_package

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.package.artifact_parts import Artifact

_LOG = logging.getLogger("opcua_ml.load")

ArtifactFormat = Literal["onnx", "treelite", "skops", "joblib"]
PREFERRED: tuple[ArtifactFormat, ...] = ("onnx", "treelite", "skops", "joblib")
GOLDEN_SECONDS = 60.0
"""That a model with a Loop may take for its golden rows."""
_RIVALS = ("onnx", "treelite")
"""Of those that compute the same without scikit-learn, the quicker one serves."""


def load(
    package: Package | str | os.PathLike[str],
    *,
    trust: Trust = NO_TRUST,
    prefer: Sequence[str] = PREFERRED,
    fold: bool = True,
) -> LoadedModel:
    """Load a package's model: the first artifact in the order of preference that may and can serve.

    Where both ONNX and treelite can, the one that takes less time for a row on this machine.

    Nothing is unpickled, and no type of skops' untrusted ones built, without `trust`; files are hashed,
    versions and the golden rows checked before the model is handed out.

    Args:
        package: opened, or its path.
        trust: what the configuration allows.
        prefer: formats to try, in this order; others are not touched.
        fold: whether single rows of a linear ONNX graph are computed from its weights, where that agrees with
            onnxruntime on the golden rows and is quicker.

    Raises:
        HashMismatch: a file, or the pinned hash, is not the manifest's.
        ArtifactUntrusted, LibraryMismatch, ArtifactCorrupted, GoldenRowsMismatch: why the first artifact
            can't serve, where no other can either.
        PackageError: the package has none of the formats.
    """
    if not isinstance(package, Package):
        package = open_package(package)
    _check_pins(package, trust)
    tried: list[tuple[str, PackageError]] = []
    able: list[LoadedModel] = []
    for artifact_format in prefer:
        artifact = package.manifest.artifact(artifact_format)
        if artifact is None or (able and artifact_format not in _RIVALS):
            continue
        try:
            predictor = _predictor(package, artifact, trust)
            met = _proved(package, artifact, predictor)
        except HashMismatch:
            raise
        except PackageError as error:
            tried.append((artifact_format, error))
            continue
        reason = _reason(artifact_format, met) + (_folded(package, artifact, predictor) if fold else "")
        origin = Origin(package.path, package.content_hash, artifact_format, trust)
        able.append(
            LoadedModel(package.card, package.golden, predictor, artifact_format, reason, origin=origin)
        )
        if artifact_format not in _RIVALS:
            break
    if not able:
        raise _refusal(package, prefer, tried)
    chosen = _chosen(able, tried)
    for artifact_format, why in tried:
        if not isinstance(why, (ArtifactUntrusted, LibraryMismatch)):  # which is up to this machine alone
            _LOG.warning("%s can't serve, %s does in its place: %s", artifact_format, chosen.artifact, why)
    return chosen


def _chosen(able: Sequence[LoadedModel], tried: Sequence[tuple[str, PackageError]]) -> LoadedModel:
    model, words = quickest(able) if len(able) > 1 else (able[0], "")
    refused = [f"{name} can't serve: {error}" for name, error in tried]
    return replace(model, reason="; ".join(filter(None, [model.reason, words, *refused])))


def _check_pins(package: Package, trust: Trust) -> None:
    known = {package.content_hash, *(artifact.sha256 for artifact in package.manifest.artifacts)}
    if trust.pins and not trust.pins & known:
        raise HashMismatch(
            "the configuration pins another file than the package has (SHA-256)",
            where=str(package.path),
            found=", ".join(f"{item.file} {item.sha256}" for item in package.manifest.artifacts),
            wanted=", ".join(sorted(trust.pins)),
        )


def _predictor(package: Package, artifact: Artifact, trust: Trust) -> Predictor:
    manifest, where = package.manifest, package.where(artifact)
    contract = Contract.of(manifest)
    if artifact.format == "onnx":
        # Services without ONNX models never import onnxruntime.
        from opcua_ml.runtime.onnx.predictor import OnnxPredictor  # noqa: PLC0415

        served = OnnxPredictor(package.read(artifact), artifact.inputs, artifact.outputs, contract, where)
        if served.precisions - {artifact.precision}:
            raise ArtifactCorrupted(
                "the ONNX graph computes in another precision than the manifest names",
                where=where,
                found=" and ".join(sorted(served.precisions)),
                wanted=artifact.precision,
            )
        return served
    if artifact.format == "treelite":
        from opcua_ml.runtime.trees.predictor import TreelitePredictor  # noqa: PLC0415  an extra

        return TreelitePredictor(package.read(artifact), artifact, contract, where)
    # Services with ONNX models alone never import scikit-learn, which takes a second.
    from opcua_ml.runtime.estimator.load import load_estimator  # noqa: PLC0415
    from opcua_ml.runtime.estimator.nested import compute_on_one_thread  # noqa: PLC0415
    from opcua_ml.runtime.estimator.predictor import EstimatorPredictor  # noqa: PLC0415

    estimator = load_estimator(package, artifact, trust)
    compute_on_one_thread(estimator)
    return EstimatorPredictor(estimator, contract, where)


def _proved(package: Package, artifact: Artifact, predictor: Predictor) -> float:
    """As `_difference_of`, within a minute where the predictor may not come to an end.

    Raises:
        GoldenRowsMismatch: it did not.
    """
    if not isinstance(predictor, Abandonable) or not predictor.may_not_end:
        return _difference_of(package, artifact, predictor)
    timer = threading.Timer(GOLDEN_SECONDS, predictor.abandon)
    timer.start()
    try:
        return _difference_of(package, artifact, predictor)
    except GoldenRowsMismatch as error:
        if timer.is_alive():
            raise
        what, found = "the model does not end with the golden rows", f"no end within {GOLDEN_SECONDS:g} s"
        raise GoldenRowsMismatch(what, where=package.where(artifact), found=found) from error
    finally:
        timer.cancel()


def _difference_of(package: Package, artifact: Artifact, predictor: Predictor) -> float:
    """The greatest difference on the golden rows, together and alone, in each way that rows are predicted."""
    rows = package.golden.inputs
    together = _difference(package, artifact, lambda: predictor.predict(rows))
    if isinstance(predictor, SingleRows):
        one = predictor.one_row()
        return max(together, _difference(package, artifact, lambda: [one(row) for row in rows]))
    _difference(package, artifact, lambda: predictor.predict(rows[:1]))
    return together


def _difference(package: Package, artifact: Artifact, predict: Callable[[], list[Row]]) -> float:
    golden, where = package.golden, package.where(artifact)
    try:
        met = check_golden(
            package.signature, golden.outputs, predict(), tolerance=artifact.tolerance, where=where
        )
    except InferenceFailed as error:
        what = "the model fails on the golden rows"
        raise GoldenRowsMismatch(what, where=where, found=error.found or error.what) from error
    except ValueError as error:
        raise ArtifactCorrupted("the model's answers have another shape", where=where, found=error) from error
    return met.greatest


def _folded(package: Package, artifact: Artifact, predictor: Predictor) -> str:
    """Fold a linear graph; how well that agrees, or nothing where it stays as it is."""
    fold = getattr(predictor, "fold", None)
    rows = package.golden.inputs
    apart = fold(package.read(artifact), [*rows, *_between(rows)]) if fold is not None else None
    if apart is None:
        return ""
    return f"; single rows come from the graph's weights, to {apart:.0e} as onnxruntime has them"


def _between(rows: Sequence[Row]) -> list[Row]:
    """Halfway from each row to the next one: where golden rows lie far from a border, these come near it."""
    return [
        tuple((x + y) / 2 if type(x) is type(y) is float else x for x, y in zip(row, after, strict=True))
        for row, after in pairwise(rows)
    ]


def _reason(chosen: str, greatest: float) -> str:
    return f"{chosen} reproduces the golden rows" + (f" to {greatest:.0e}" if greatest else " exactly")


def _refusal(
    package: Package, prefer: Sequence[str], tried: Sequence[tuple[str, PackageError]]
) -> PackageError:
    if not tried:
        return PackageError(
            "the package has no artifact of the wanted format",
            where=str(package.path),
            found=", ".join(item.format for item in package.manifest.artifacts),
            wanted=" or ".join(prefer),
        )
    _, first = tried[0]
    others = "".join(f"; nor can {name} serve: {error.what}" for name, error in tried[1:])
    return type(first)(f"{first.what}{others}", where=first.where, found=first.found, wanted=first.wanted)
