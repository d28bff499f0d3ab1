"""Golden rows: inputs with the outputs that a loaded model must reproduce before it is used.

The file is JSON: `{"inputs": [[…], …], "outputs": [[…], …]}`, one array per row in the signature's order; a
window or a list of probabilities is an array within it, and `null` stands for NaN, which JSON lacks.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opcua_ml.domain.errors import ArtifactCorrupted, GoldenRowsMismatch, PredictionError
from opcua_ml.domain.row import checked_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.signature import Output, Signature


@dataclass(frozen=True, slots=True)
class GoldenRows:
    """Rows of inputs, and one row of expected outputs for each."""

    inputs: tuple[Row, ...]
    outputs: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a model's answers differ by.

    Attributes:
        greatest: of all numbers, as a share of the greatest expected magnitude of their output, where that
            is over 0; labels, clusters and Booleans don't count.
        number, output: the row (from 0) and output in which it is.
        discrete: rows in which a label, cluster or Boolean differs.
    """

    greatest: float
    number: int
    output: str
    discrete: tuple[int, ...]


def difference(signature: Signature, expected: Sequence[Row], found: Sequence[Row]) -> Difference:
    """Hold rows of outputs against the expected ones, or against as many of the first as there are found.

    What counts as great is told by all the expected rows.
    """
    greatest, number, name = 0.0, 0, ""
    discrete: set[int] = set()
    for place, output in enumerate(signature.outputs):
        wanted = [_numbers(row[place]) for row in expected]
        scale = max((abs(value) for values in wanted for value in values), default=0.0) or 1.0
        for index, row in enumerate(found):
            values, given = wanted[index], _numbers(row[place])
            if _is_discrete(output):
                if given != values:
                    discrete.add(index)
                continue
            worst = max((_apart(a, b) / scale for a, b in zip(values, given, strict=True)), default=0.0)
            if worst > greatest:
                greatest, number, name = worst, index, output.name
    return Difference(greatest, number, name, tuple(sorted(discrete)))


def check_golden(
    signature: Signature, expected: Sequence[Row], found: Sequence[Row], *, tolerance: float, where: str
) -> Difference:
    """The difference, as above, where it is within the tolerance and no label differs.

    Raises:
        GoldenRowsMismatch: the row and output that differ, what was found and what was wanted.
    """
    met = difference(signature, expected, found)
    if met.discrete:
        row = met.discrete[0]
        place = next(
            index
            for index, output in enumerate(signature.outputs)
            if _is_discrete(output) and expected[row][index] != found[row][index]
        )
    elif met.greatest > tolerance:
        row, place = met.number, [output.name for output in signature.outputs].index(met.output)
    else:
        return met
    raise GoldenRowsMismatch(
        f"the model does not reproduce golden row {row + 1} of {len(expected)}",
        where=f"{where}: output {signature.outputs[place].name}",
        found=found[row][place],
        wanted=f"{expected[row][place]}, give or take {tolerance:g} of the greatest golden value",
    )


def golden_bytes(golden: GoldenRows) -> bytes:
    """The golden rows as the package's file holds them."""
    document = {"inputs": _plain(golden.inputs), "outputs": _plain(golden.outputs)}
    return json.dumps(document, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()


def parse_golden(data: bytes, signature: Signature, where: str) -> GoldenRows:
    """The golden rows in `data`, held against the signature.

    Raises:
        ArtifactCorrupted: it is no such file, or its rows are not the signature's.
    """
    try:
        document = json.loads(data)
        inputs, outputs = document["inputs"], document["outputs"]
        pairs = list(zip(inputs, outputs, strict=True))
        return GoldenRows(
            tuple(checked_row(signature, [_value(one) for one in row], ranges=False) for row, _ in pairs),
            tuple(_outputs(signature, row) for _, row in pairs),
        )
    except (ValueError, KeyError, TypeError, RecursionError, PredictionError) as error:
        raise ArtifactCorrupted("the golden rows can't be read", where=where, found=error) from error


def _outputs(signature: Signature, row: list[Any]) -> Row:
    values = tuple(_value(one) for one in row)
    for output, value in zip(signature.outputs, values, strict=True):
        numbers = _numbers(value)
        if len(numbers) != output.length or not all(map(math.isfinite, numbers)):
            raise ValueError(f"{value!r} is no value of the output {output.name}")
    return values


def _value(plain: Any) -> Value:
    if isinstance(plain, list):
        return tuple(_scalar(one) for one in plain)
    return _scalar(plain)


def _scalar(plain: Any) -> Scalar:
    if plain is None:
        return math.nan
    if isinstance(plain, bool | int | float | str):
        return plain
    raise TypeError(f"{type(plain).__name__} where a value belongs")


def _plain(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(map(_plain_value, row)) for row in rows]


def _plain_value(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain_value(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _is_discrete(output: Output) -> bool:
    return output.data_type not in ("Double", "Float")


def _numbers(value: Value) -> tuple[float, ...]:
    return tuple(_floats(value if isinstance(value, tuple) else (value,)))


def _floats(values: Sequence[Scalar]) -> Iterator[float]:
    for value in values:
        if isinstance(value, str):
            raise ValueError(f"the text {value!r} where a number belongs")  # noqa: TRY004  no type of ours
        yield float(value)


def _apart(wanted: float, given: float) -> float:
    gap = abs(wanted - given)
    return math.inf if math.isnan(gap) else gap
