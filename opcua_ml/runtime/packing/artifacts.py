"""The artifacts of a package: each made, loaded again and held against the estimator's own answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import GoldenRowsMismatch, InferenceFailed, PackageError
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.estimator.joblib_file import dump_joblib, load_joblib
from opcua_ml.runtime.estimator.predictor import EstimatorPredictor
from opcua_ml.runtime.estimator.skops_file import dump_skops, load_skops, untrusted_types
from opcua_ml.runtime.onnx.conversion import candidates
from opcua_ml.runtime.onnx.graph import opsets, parse_graph
from opcua_ml.runtime.onnx.predictor import OnnxPredictor
from opcua_ml.runtime.package.artifact_parts import (
    JoblibArtifact,
    OnnxArtifact,
    SkopsArtifact,
    TreeliteArtifact,
)
from opcua_ml.runtime.package.golden import check_golden, difference
from opcua_ml.runtime.trees.conversion import converted
from opcua_ml.runtime.trees.predictor import TreelitePredictor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.contract.model import Predictor
    from opcua_ml.runtime.package.golden import GoldenRows

SAME = 1e-9  # tolerance for the estimator itself: another processor may round the last bits differently
SAME_IN_SINGLES = 1e-5  # the same, where it computes in single precision
SINGLY = 3  # golden rows that are also tried one by one


@dataclass(frozen=True)
class Specimen:
    """An estimator with everything that its artifacts must agree with.

    Attributes:
        rows, answers: a larger sample of the training data than the golden rows, and what the estimator
            answers to it.
        tolerance: for ONNX.
    """

    estimator: Any
    contract: Contract
    golden: GoldenRows
    rows: Sequence[Row]
    answers: Sequence[Row]
    tolerance: float


@dataclass(frozen=True)
class Made:
    """An artifact's table in the manifest, and its file."""

    part: OnnxArtifact | TreeliteArtifact | SkopsArtifact | JoblibArtifact
    data: bytes


def make(artifact_format: str, specimen: Specimen) -> Made:
    """An artifact of that format.

    Raises:
        PackageError: it can't be made, or does not answer as the estimator does; with the reason.
    """
    match artifact_format:
        case "onnx":
            return _make_onnx(specimen)
        case "treelite":
            return _make_treelite(specimen)
        case "skops":
            return _make_skops(specimen)
        case "joblib":
            return _make_joblib(specimen)
    raise PackageError(
        "no such artifact", where="artifacts", found=artifact_format, wanted="onnx, treelite, skops or joblib"
    )


def _make_onnx(specimen: Specimen) -> Made:
    problems: list[PackageError] = []
    for candidate in candidates(specimen.estimator, specimen.contract):
        if isinstance(candidate, PackageError):
            problems.append(candidate)
            continue
        graph = OnnxPredictor(candidate.data, candidate.inputs, candidate.outputs, specimen.contract)
        try:
            greatest = _proved(graph, specimen)
        except (GoldenRowsMismatch, InferenceFailed) as error:
            problems.insert(0, PackageError(f"in {candidate.precision} precision, {error}"))
            continue
        model = parse_graph(candidate.data, "onnx")
        part = OnnxArtifact(
            format="onnx",
            precision=candidate.precision,
            opset=opsets(model),
            ir_version=model.ir_version,
            inputs=candidate.inputs,
            outputs=candidate.outputs,
            greatest_difference=greatest,
            tolerance=specimen.tolerance,
            **_file("model.onnx", candidate.data),
        )
        return Made(part, candidate.data)
    raise problems[0]


def _make_treelite(specimen: Specimen) -> Made:
    made = converted(specimen.estimator, specimen.contract)
    part = TreeliteArtifact(
        format="treelite",
        result=made.result,
        rounds=made.rounds,
        offset=made.offset,
        greatest_difference=0.0,
        tolerance=specimen.tolerance,
        **_file("model.treelite", made.data),
    )
    try:
        greatest = _proved(TreelitePredictor(made.data, part, specimen.contract), specimen)
    except InferenceFailed as error:
        raise PackageError("treelite fails on the data", found=error.found) from error
    return Made(part.model_copy(update={"greatest_difference": greatest}), made.data)


def _proved(predictor: Predictor, specimen: Specimen) -> float:
    """Greatest difference on the golden rows; the larger sample agrees too, but for ties of labels."""
    met = _reproduces(predictor, specimen, specimen.tolerance)
    sample = difference(specimen.contract.signature, specimen.answers, predictor.predict(specimen.rows))
    has_numbers = any(output.data_type == "Double" for output in specimen.contract.signature.outputs)
    if sample.greatest > specimen.tolerance or (sample.discrete and not has_numbers):
        raise GoldenRowsMismatch(
            "it answers otherwise than the estimator on its data",
            where=f"output {sample.output}" if sample.output else "labels",
            found=f"{sample.greatest:.1g}, and {len(sample.discrete)} other labels of {len(specimen.rows)}",
            wanted=f"at most {specimen.tolerance:g} of the greatest value",
        )
    return met


def _reproduces(predictor: Predictor, specimen: Specimen, tolerance: float) -> float:
    """The greatest difference on the golden rows, together and one by one."""
    golden, signature = specimen.golden, specimen.contract.signature
    together = predictor.predict(golden.inputs)
    singly = [predictor.predict([row])[0] for row in golden.inputs[:SINGLY]]
    return max(
        check_golden(signature, golden.outputs, found, tolerance=tolerance, where="pack").greatest
        for found in (together, singly)
    )


def _make_skops(specimen: Specimen) -> Made:
    data = dump_skops(specimen.estimator)
    types = untrusted_types(data, "skops")
    tolerance = _tolerance_of_copy(load_skops(data, types, "skops", wanted=""), specimen)
    file = _file("model.skops", data)
    return Made(SkopsArtifact(format="skops", untrusted_types=types, tolerance=tolerance, **file), data)


def _make_joblib(specimen: Specimen) -> Made:
    try:
        data = dump_joblib(specimen.estimator)
    except Exception as error:  # pickling asks the estimator's own code for its state
        raise PackageError("joblib can't keep this estimator", found=told(error)) from error
    tolerance = _tolerance_of_copy(load_joblib(data, "joblib"), specimen)
    return Made(JoblibArtifact(format="joblib", tolerance=tolerance, **_file("model.joblib", data)), data)


def _tolerance_of_copy(estimator: Any, specimen: Specimen) -> float:
    """How exactly the estimator, written and read again, can be held to its golden rows."""
    predictor = EstimatorPredictor(estimator, specimen.contract)
    return SAME if _reproduces(predictor, specimen, SAME_IN_SINGLES) <= SAME else SAME_IN_SINGLES


def _file(name: str, data: bytes) -> dict[str, Any]:
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
