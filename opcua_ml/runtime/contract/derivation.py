"""From what an estimator's methods return to the outputs of the signature.

The raw results come as scikit-learn shapes them: `predict` (rows,) or (rows, targets); `predict_proba`
(rows, classes), or one such for each of several targets; `decision_function` (rows,) or (rows, classes);
`score_samples` (rows,); `transform` (rows, clusters).
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.contract.one_row_derivation import as_cluster, finite_vector, picker
from opcua_ml.runtime.contract.probability import as_probability
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.package.parts import OutputPart

Column = list[Any]
Maker = Callable[[Any, list[Column]], Column]
"""From the result of the output's method, and the columns made before, to the output of each row."""


class Derivation:
    """Makes rows of outputs; compiled once per model, as it runs at every prediction.

    Args:
        contract: whose outputs are made, of the results of its methods.
    """

    def __init__(self, contract: Contract) -> None:
        outputs = contract.outputs
        places = {method: place for place, method in enumerate(contract.methods)}
        # What is made of a label comes after the labels.
        order = sorted(range(len(outputs)), key=lambda place: outputs[place].role is not OutputRole.LABEL)
        self._order = [order.index(place) for place in range(len(outputs))]
        self._is_ordered = self._order == list(range(len(outputs)))
        labels = {
            outputs[place].source.target: index
            for index, place in enumerate(order)
            if _is_label(outputs[place])
        }
        self._makers = [
            (_maker(outputs[place], labels), places[outputs[place].source.method]) for place in order
        ]
        self._pickers = [
            (picker(outputs[place], labels), places[outputs[place].source.method]) for place in order
        ]

    def rows(self, raw: Sequence[Any], count: int) -> list[Row]:
        """Outputs of `count` rows.

        Args:
            raw: the methods' results, in the order of the contract's methods.
            count: of rows.

        Raises:
            InferenceFailed: the results have another shape, an unknown class, or a number that is not finite.
        """
        columns: list[Column] = []
        try:
            for make, place in self._makers:
                column = make(raw[place], columns)
                if len(column) != count:
                    raise _refused(f"{len(column)} results for {count} rows")
                columns.append(column)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise _refused(error) from error
        if not self._is_ordered:
            columns = [columns[place] for place in self._order]
        return list(zip(*columns, strict=True))

    def row(self, raw: Sequence[Any]) -> Row:
        """Outputs of one row.

        Args:
            raw: the methods' results for one row as `rows` takes them, but lists in place of arrays.

        Raises:
            InferenceFailed: as `rows`.
        """
        made: list[Any] = []
        try:
            for pick, place in self._pickers:
                made.append(pick(raw[place], made))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise _refused(error) from error
        return tuple(made) if self._is_ordered else tuple([made[place] for place in self._order])


def _refused(found: object) -> InferenceFailed:
    return InferenceFailed("the model returned what its signature does not allow", found=found)


def _is_label(output: OutputPart) -> bool:
    return output.role is OutputRole.LABEL


def _maker(output: OutputPart, labels: dict[int, int]) -> Maker:
    if output.role is OutputRole.CONFIDENCE:
        return _confidence(output, labels[output.source.target])
    return _MAKERS[output.role](output)


def _value(output: OutputPart) -> Maker:
    return _numbers(output) if output.length > 1 else _number(output)


def _cluster(_output: OutputPart) -> Maker:
    return lambda found, _: [as_cluster(value) for value in _column(found, 0).tolist()]


def _distance(_output: OutputPart) -> Maker:
    return lambda found, _: _finite([min(row) for row in found.tolist()])


def _label(output: OutputPart) -> Maker:
    index = {label: place for place, label in enumerate(output.source.classes)}
    target = output.source.target
    return lambda found, _: [index[label] for label in _column(found, target).tolist()]


def _probabilities(output: OutputPart) -> Maker:
    target, length = output.source.target, output.length
    return lambda found, _: [
        tuple(map(as_probability, finite_vector(row, length))) for row in _of_target(found, target).tolist()
    ]


def _confidence(output: OutputPart, label: int) -> Maker:
    target = output.source.target

    def make(found: Any, columns: list[Column]) -> Column:
        rows = _of_target(found, target).tolist()
        return [as_probability(row[place]) for row, place in zip(rows, columns[label], strict=True)]

    return make


def _anomaly(output: OutputPart) -> Maker:
    threshold, score = output.source.threshold, _number(output)
    return lambda found, columns: [value > threshold for value in score(found, columns)]


def _number(output: OutputPart) -> Maker:
    column, negated, target = output.source.column, output.source.negated, output.source.target
    is_probability = output.source.method is Method.PREDICT_PROBA

    def make(found: Any, _: list[Column]) -> Column:
        values = _column(_of_target(found, target) if is_probability else found, column).tolist()
        return _finite([-value for value in values] if negated else values)

    return make


def _numbers(output: OutputPart) -> Maker:
    start, length = output.source.column, output.length
    return lambda found, _: [finite_vector(row, length) for row in found[:, start : start + length].tolist()]


def _of_target(found: Any, target: int) -> Any:
    """The probabilities of one target: scikit-learn gives a list of arrays, ONNX maybe one array of all."""
    if isinstance(found, list):
        return found[target]
    return found[target] if found.ndim == 3 else found


def _column(found: Any, place: int) -> Any:
    return found if found.ndim == 1 else found[:, place]


def _finite(column: Column) -> Column:
    if not all(map(isfinite, column)):
        raise ValueError("a number that is not finite")
    return column


_MAKERS: dict[OutputRole, Callable[[OutputPart], Maker]] = {
    OutputRole.LABEL: _label,
    OutputRole.PROBABILITIES: _probabilities,
    OutputRole.ANOMALY: _anomaly,
    OutputRole.CLUSTER: _cluster,
    OutputRole.DISTANCE: _distance,
    OutputRole.VALUE: _value,
    OutputRole.SCORE: _value,
}
