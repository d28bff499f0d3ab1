"""One output of one row, from what an estimator's method returned for that row alone.

The same as `derivation` makes of many rows; results are lists in place of arrays. What the signature does not
allow raises KeyError, ValueError, TypeError or IndexError.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.signature import OutputRole
from opcua_ml.runtime.contract.probability import as_probability
from opcua_ml.runtime.package.parts import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml.runtime.package.parts import OutputPart

Pick = Callable[[Any, list[Any]], Any]
"""From the result of the output's method, and the outputs made before, to the output."""


def picker(output: OutputPart, labels: Mapping[int, int]) -> Pick:
    """How this output is found; `labels` are the places of the labels made before, by target."""
    if output.role is OutputRole.CONFIDENCE:
        return _confidence(output, labels[output.source.target])
    return _PICKERS[output.role](output)


def _value(output: OutputPart) -> Pick:
    return _numbers(output) if output.length > 1 else _number(output)


def _cluster(_output: OutputPart) -> Pick:
    return lambda found, _: as_cluster(_cell(found, 0))


def _distance(_output: OutputPart) -> Pick:
    return lambda found, _: _finite(min(_only(found)))


def _label(output: OutputPart) -> Pick:
    index = {label: place for place, label in enumerate(output.source.classes)}
    target = output.source.target

    def pick(found: Any, _: list[Any]) -> int:
        (label,) = found
        return index[label[target] if type(label) is list else label]

    return pick


def _probabilities(output: OutputPart) -> Pick:
    target, length = output.source.target, output.length

    def pick(found: Any, _: list[Any]) -> tuple[float, ...]:
        row = found[target] if type(found[0][0]) is list else found
        (row,) = row
        if len(row) != length:
            raise ValueError(row)
        for value in row:
            if not 0.0 <= value <= 1.0:
                return tuple(map(as_probability, row))
        return tuple(row)

    return pick


def _confidence(output: OutputPart, label: int) -> Pick:
    target = output.source.target

    def pick(found: Any, made: list[Any]) -> Any:
        row = found[target] if type(found[0][0]) is list else found
        (row,) = row
        return as_probability(row[made[label]])

    return pick


def _anomaly(output: OutputPart) -> Pick:
    threshold, score = output.source.threshold, _number(output)
    return lambda found, made: score(found, made) > threshold


def _number(output: OutputPart) -> Pick:
    column, negated, target = output.source.column, output.source.negated, output.source.target
    if output.source.method is Method.PREDICT_PROBA:
        return lambda found, _: _finite(_signed(_of_target(found, target)[column], negated))
    return lambda found, _: _finite(_signed(_cell(found, column), negated))


def _numbers(output: OutputPart) -> Pick:
    start, length = output.source.column, output.length
    return lambda found, _: finite_vector(_only(found)[start : start + length], length)


def as_cluster(value: float) -> int:
    """A cluster's number, which is an Int32.

    Raises:
        ValueError: it is none.
    """
    if not -(2**31) <= value < 2**31:
        raise ValueError(f"{value} is no Int32")
    return int(value)


def _only(found: list[Any]) -> Any:
    (row,) = found
    return row


def _cell(found: list[Any], place: int) -> Any:
    """Of the one row: the result where there is one for each row, else that of this column."""
    (row,) = found
    return row[place] if type(row) is list else row


def _of_target(found: list[Any], target: int) -> Any:
    """The probabilities of one target: shaped (rows, classes) or (targets, rows, classes)."""
    if type(found[0][0]) is list:
        return _only(found[target])
    return _only(found)


def _signed(value: float, negated: bool) -> float:
    return -value if negated else value


def finite_vector(row: list[float], length: int) -> tuple[float, ...]:
    """The numbers of a row.

    Raises:
        ValueError: there are more or fewer, or one is not finite.
    """
    if len(row) != length or not all(map(isfinite, row)):
        raise ValueError(row)
    return tuple(row)


def _finite(value: float) -> float:
    if not isfinite(value):
        raise ValueError("a number that is not finite")
    return value


_PICKERS: dict[OutputRole, Callable[[OutputPart], Pick]] = {
    OutputRole.LABEL: _label,
    OutputRole.PROBABILITIES: _probabilities,
    OutputRole.ANOMALY: _anomaly,
    OutputRole.CLUSTER: _cluster,
    OutputRole.DISTANCE: _distance,
    OutputRole.VALUE: _value,
    OutputRole.SCORE: _value,
}
