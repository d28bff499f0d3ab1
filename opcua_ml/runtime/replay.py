"""Whether a version gives again what was recorded of it: bit for bit, or within a tolerance."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from opcua_ml.domain.signature import FLOATING, DataType
from opcua_ml.runtime.contract.model import SingleRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.signature import Output, Signature
    from opcua_ml.runtime.contract.model import Predictor
    from opcua_ml.runtime.recorded import RecordedRow

_BATCH: Final = 1024
MOST_TOLD: Final = 10
"""Differences that are told one by one."""


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """A row that the version answers otherwise than was recorded."""

    line: int
    time: str
    output: str
    recorded: Value
    found: Value


@dataclass(slots=True)
class Replay:
    """What came of it.

    Attributes:
        rows: that were replayed.
        other_versions: rows of other versions, which were left out.
        untold: of `rows`, those that do not tell which version gave them; each may be another one's.
        exact: rows of which every output is the same, bit for bit.
        within: other rows within the tolerance.
        different: the rest; the first of them are told in `differences`.
        greatest: greatest difference of a number, as a share of the recorded one's magnitude (at least 1).
    """

    rows: int = 0
    other_versions: int = 0
    untold: int = 0
    exact: int = 0
    within: int = 0
    different: int = 0
    greatest: float = 0.0
    differences: list[ReplayDifference] = field(default_factory=list)

    @property
    def is_reproduced(self) -> bool:
        """Whether there were rows, and none differs."""
        return self.rows > 0 and not self.different


def replayed(
    model: Predictor,
    signature: Signature,
    rows: Iterable[RecordedRow],
    *,
    version: str = "",
    tolerance: float = 0.0,
) -> Replay:
    """Predict what was recorded once more, row by row as the service did, and hold it against the record.

    Args:
        model: of the version.
        signature: of the model.
        rows: recorded.
        version: rows that name another one are left out; empty for all.
        tolerance: greatest difference of a number, as a share of its magnitude (at least 1); 0 for bit for
            bit. Labels, Booleans and texts must be equal.

    Raises:
        InferenceFailed: the model fails on a row.
    """
    made = Replay()
    ways = _ways(model)
    for batch in _batches(rows):
        own = [row for row in batch if not version or row.version in ("", version)]
        made.other_versions += len(batch) - len(own)
        made.untold += sum(not row.version for row in own)
        for row in own:
            _compare(made, signature.outputs, row, ways, tolerance)
    return made


def _batches(rows: Iterable[RecordedRow]) -> Iterator[list[RecordedRow]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _ways(model: Predictor) -> list[Callable[[Row], Row]]:
    """How the service may have computed a row: alone, where there is a shorter way, or among others.

    The same sums in another order differ in the last bit; either way is the version's own.
    """
    ways: list[Callable[[Row], Row]] = [lambda row: model.predict((row,))[0]]
    return [model.one_row(), *ways] if isinstance(model, SingleRows) else ways


def _compare(
    made: Replay,
    outputs: Sequence[Output],
    row: RecordedRow,
    ways: Sequence[Callable[[Row], Row]],
    tolerance: float,
) -> None:
    made.rows += 1
    worst, place, found = math.inf, 0, row.outputs
    for way in ways:
        answer = way(row.inputs)
        apart = [_apart(*three) for three in zip(outputs, row.outputs, answer, strict=True)]
        if max(apart) <= worst:
            worst, place, found = max(apart), apart.index(max(apart)), answer
        if not worst:
            made.exact += 1
            return
    if not math.isinf(worst):
        made.greatest = max(made.greatest, worst)
    if worst <= tolerance:
        made.within += 1
        return
    made.different += 1
    if len(made.differences) < MOST_TOLD:
        told = outputs[place].name, row.outputs[place], found[place]
        made.differences.append(ReplayDifference(row.line, row.time, *told))


def _apart(output: Output, recorded: Value, found: Value) -> float:
    """0 where they are the same to the last bit; infinite where no tolerance helps."""
    if isinstance(recorded, tuple) or isinstance(found, tuple):
        one, other = _list(recorded), _list(found)
        if len(one) != len(other):
            return math.inf
        return max((_scalars_apart(output, a, b) for a, b in zip(one, other, strict=True)), default=0.0)
    return _scalars_apart(output, recorded, found)


def _scalars_apart(output: Output, recorded: Scalar, found: Scalar) -> float:
    if output.data_type not in FLOATING or (output.categories and not isinstance(found, float)):
        return 0.0 if recorded == found else math.inf
    one, other = float(recorded), float(found)
    if _bits(output.data_type, one) == _bits(output.data_type, other):
        return 0.0
    if math.isnan(one) or math.isnan(other):
        return 0.0 if math.isnan(one) and math.isnan(other) else math.inf
    # Zeros of both signs are other bits, though no distance apart.
    return max(abs(one - other) / max(1.0, abs(one)), 5e-324)


def _bits(data_type: DataType, number: float) -> bytes:
    return struct.pack("<f" if data_type is DataType.FLOAT else "<d", number)


def _list(value: Value) -> Sequence[Scalar]:
    return value if isinstance(value, tuple) else (value,)
