"""Everything that is known of a model before its artifacts are made."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import GoldenRowsMismatch, PackageError, PredictionError
from opcua_ml.domain.row import checked_row
from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.contract.contract import Contract
from opcua_ml.runtime.contract.derivation import Derivation
from opcua_ml.runtime.estimator.container import container_for
from opcua_ml.runtime.estimator.predictor import EstimatorPredictor, raw_results
from opcua_ml.runtime.package.golden import GoldenRows, check_golden
from opcua_ml.runtime.packing.artifacts import SAME_IN_SINGLES, Specimen
from opcua_ml.runtime.packing.golden_choice import choose, extremes, spread
from opcua_ml.runtime.packing.inputs import column_names, read_inputs
from opcua_ml.runtime.packing.outputs import Outputs, target_names
from opcua_ml.runtime.packing.table import read_table
from opcua_ml.runtime.packing.task import task_of
from opcua_ml.runtime.packing.training import data_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature, Task
    from opcua_ml.runtime.package.parts import InputPart
    from opcua_ml.runtime.packing.declarations import Declarations
    from opcua_ml.runtime.packing.table import Table

_SAMPLE = 1000  # rows on which an artifact must agree with the estimator
_MOST_CATEGORIES = 1000
_NEVER_SEEN = "a text that no category has"


@dataclass(frozen=True)
class Draft:
    """The parts of a manifest that estimator and data tell."""

    task: Task
    contract: Contract
    rows: Sequence[Row]
    data_hash: str
    table: Table


def draft(estimator: Any, data: Any, target: Any, declared: Declarations) -> Draft:
    """Infer signature and task.

    Raises:
        PackageError: what doesn't fit together.
    """
    task = task_of(estimator, declared.task)
    table = read_table(data, estimator, column_names(declared))
    features, inputs, rows = read_inputs(table, declared)
    outputs = Outputs(estimator, table.take(range(min(len(table), 5))), target_names(target), declared).of(
        task
    )
    declared.check_names([item.name for item in inputs], [item.name for item in outputs])
    if target is not None and len(target) != len(table):
        raise PackageError("not one target for each row", where="y", found=len(target), wanted=len(table))
    return Draft(
        task=task,
        contract=Contract(
            features, _with_categories(estimator, Contract(features, inputs, outputs), rows), outputs
        ),
        rows=rows,
        data_hash=data_hash((item.name for item in inputs), zip(*rows, strict=True), target),
        table=table,
    )


def specimen(
    estimator: Any, made: Draft, declared: Declarations, golden: int | Any, tolerance: float
) -> Specimen:
    """The estimator with its answers to a sample of its data, and the golden rows among them.

    Args:
        estimator: fitted.
        made: its draft.
        declared: by the caller.
        golden: how many golden rows, or rows to take as such.
        tolerance: for ONNX.

    Raises:
        PackageError: the estimator fails, or answers otherwise to rows as the service will give them.
    """
    predictor = EstimatorPredictor(estimator, made.contract)
    places = sorted({*spread(_SAMPLE, len(made.rows)), *extremes(made.rows, _SAMPLE)})
    rows = _checked([made.rows[place] for place in places], made.contract.signature)
    answers = _answers(predictor, rows)
    _check_faithful(estimator, made, made.table.take(places), answers)
    if isinstance(golden, int):
        chosen = choose(rows, answers, made.contract.outputs, golden)
        held = GoldenRows(tuple(rows[place] for place in chosen), tuple(answers[place] for place in chosen))
    else:
        _, _, given = read_inputs(read_table(golden, estimator, column_names(declared)), declared)
        own = _checked(given, made.contract.signature)
        held = GoldenRows(tuple(own), tuple(_answers(predictor, own)))
    return Specimen(
        estimator=estimator,
        contract=made.contract,
        golden=held,
        rows=rows,
        answers=answers,
        tolerance=tolerance,
    )


def _checked(rows: Sequence[Row], signature: Signature) -> list[Row]:
    """The rows as the service will check and cast them: what it would refuse is told now."""
    try:
        return [checked_row(signature, row, ranges=False) for row in rows]
    except PredictionError as error:
        raise PackageError(f"the signature refuses rows of the data: {error}", where="X") from error


def _answers(predictor: EstimatorPredictor, rows: Sequence[Row]) -> list[Row]:
    try:
        return predictor.predict(rows)
    except PredictionError as error:
        raise PackageError("the estimator fails on its data", where="model", found=error.found) from error


def _check_faithful(estimator: Any, made: Draft, own: Any, answers: Sequence[Row]) -> None:
    derivation = Derivation(made.contract)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the caller's data may lack the names that the estimator was fitted with
        wanted = derivation.rows(raw_results(estimator, own, made.contract.methods), len(answers))
    try:
        check_golden(made.contract.signature, wanted, answers, tolerance=SAME_IN_SINGLES, where="X")
    except GoldenRowsMismatch as error:
        raise PackageError(
            "the estimator answers otherwise to rows of the signature than to the data themselves",
            where=error.where,
            found=error.found,
            wanted=error.wanted,
        ) from error


def _with_categories(estimator: Any, contract: Contract, rows: Sequence[Row]) -> tuple[InputPart, ...]:
    """Texts that the estimator was fitted on are the only ones allowed where it fails on others."""
    container = container_for(contract, "X")
    method = getattr(estimator, "predict", None) or estimator.score_samples
    found = []
    for place, item in enumerate(contract.inputs):
        known = sorted({str(row[place]) for row in rows}) if _is_free_text(item) else []
        if 0 < len(known) <= _MOST_CATEGORIES:
            strange = tuple(_NEVER_SEEN if index == place else value for index, value in enumerate(rows[0]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    method(container.build([strange]))
                except Exception:  # noqa: BLE001  whatever the estimator raises, it can't take the text
                    item = item.model_copy(update={"categories": tuple(known)})  # noqa: PLW2901  replaced whole
        found.append(item)
    return tuple(found)


def _is_free_text(item: InputPart) -> bool:
    return item.data_type is DataType.STRING and not item.categories and len(item.own_columns) == 1
