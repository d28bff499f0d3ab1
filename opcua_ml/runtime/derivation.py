"""From what an estimator's methods return to the outputs of the signature.

The raw results come as scikit-learn shapes them: `predict` (rows,) or (rows, targets); `predict_proba`
(rows, classes), or one such for each of several targets; `decision_function` (rows,) or (rows, classes);
`score_samples` (rows,); `transform` (rows, clusters).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.package.parts import OutputPart

Column = list[Any]
Maker = Callable[[Mapping[Method, Any], int], Column]
"""From raw results and the number of rows to one output of each row."""


class Derivation:
    """Makes rows of outputs; compiled once per model, as it runs at every prediction.

    Args:
        outputs: of the manifest, in the signature's order.
    """

    def __init__(self, outputs: Sequence[OutputPart]) -> None:
        labels = [_label(output) for output in outputs if output.role is OutputRole.LABEL]
        targets = [output.source.target for output in outputs if output.role is OutputRole.LABEL]
        labels_of = dict(zip(targets, labels, strict=True))
        self._columns = [_maker(output, labels_of) for output in outputs]

    def rows(self, raw: Mapping[Method, Any], count: int) -> list[Row]:
        """Outputs of `count` rows.

        Raises:
            InferenceFailed: the results have another shape, an unknown class, or a number that is not finite.
        """
        try:
            columns = [make(raw, count) for make in self._columns]
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise InferenceFailed(
                "the model returned what its signature does not allow", found=error
            ) from error
        return list(zip(*columns, strict=True))


def _maker(output: OutputPart, labels: Mapping[int, Maker]) -> Maker:
    target = output.source.target
    if output.role in (OutputRole.LABEL, OutputRole.CONFIDENCE):
        return labels[target] if output.role is OutputRole.LABEL else _confidence(output, labels[target])
    match output.role:
        case OutputRole.PROBABILITIES:
            return _probabilities(output)
        case OutputRole.ANOMALY:
            return _anomaly(output)
        case OutputRole.CLUSTER:
            return lambda raw, count: _sized(list(map(int, _flat(raw[Method.PREDICT]))), count)
        case OutputRole.DISTANCE:
            return lambda raw, count: _finite(_sized(np.min(raw[Method.TRANSFORM], axis=1).tolist(), count))
    return _numbers(output) if output.length > 1 else _number(output)


def _label(output: OutputPart) -> Maker:
    index = {label: place for place, label in enumerate(output.source.classes)}
    target = output.source.target

    def make(raw: Mapping[Method, Any], count: int) -> Column:
        found = raw[Method.PREDICT]
        column = found if found.ndim == 1 else found[:, target]
        return _sized([index[label] for label in column.tolist()], count)

    return make


def _probabilities(output: OutputPart) -> Maker:
    target, length = output.source.target, output.length

    def make(raw: Mapping[Method, Any], count: int) -> Column:
        rows = _of_target(raw[Method.PREDICT_PROBA], target).tolist()
        for row in rows:
            if len(row) != length or not all(map(isfinite, row)):
                raise ValueError(f"probabilities {row}")
        return _sized(list(map(tuple, rows)), count)

    return make


def _confidence(output: OutputPart, label: Maker) -> Maker:
    target = output.source.target

    def make(raw: Mapping[Method, Any], count: int) -> Column:
        rows = _of_target(raw[Method.PREDICT_PROBA], target).tolist()
        return _finite([row[place] for row, place in zip(rows, label(raw, count), strict=True)])

    return make


def _anomaly(output: OutputPart) -> Maker:
    threshold = output.source.threshold
    if threshold is None:  # kept by the manifest
        raise ValueError("an anomaly without a threshold")
    score = _number(output)
    return lambda raw, count: [value > threshold for value in score(raw, count)]


def _number(output: OutputPart) -> Maker:
    method, column, negated = output.source.method, output.source.column, output.source.negated

    def make(raw: Mapping[Method, Any], count: int) -> Column:
        found = (
            _of_target(raw[method], output.source.target) if method is Method.PREDICT_PROBA else raw[method]
        )
        values = (found if found.ndim == 1 else found[:, column]).tolist()
        return _finite(_sized([-value for value in values] if negated else values, count))

    return make


def _numbers(output: OutputPart) -> Maker:
    method, start, length = output.source.method, output.source.column, output.length

    def make(raw: Mapping[Method, Any], count: int) -> Column:
        rows = raw[method][:, start : start + length].tolist()
        for row in rows:
            if len(row) != length or not all(map(isfinite, row)):
                raise ValueError(f"numbers {row}")
        return _sized(list(map(tuple, rows)), count)

    return make


def _of_target(found: Any, target: int) -> Any:
    """The probabilities of one target: scikit-learn gives a list of arrays, ONNX maybe one array of all."""
    if isinstance(found, list | tuple):
        return found[target]
    return found[target] if found.ndim == 3 else found


def _flat(found: Any) -> list[Any]:
    flat: list[Any] = found.tolist() if found.ndim == 1 else found[:, 0].tolist()
    return flat


def _sized(column: Column, count: int) -> Column:
    if len(column) != count:
        raise ValueError(f"{len(column)} results for {count} rows")
    return column


def _finite(column: Column) -> Column:
    if not all(map(isfinite, column)):
        raise ValueError("a number that is not finite")
    return column
