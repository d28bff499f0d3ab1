"""Recorded predictions: inputs with the outputs that a version gave for them, as a table of texts.

A CSV file in UTF-8 with a header: one column per input and per output, by name; an output that has an input's
name is `output.<name>`. Optional are `version`, `status` (a StatusCode's number or name; empty is Good) and
`time`. Numbers are written as Python's repr, which keeps every bit; arrays as JSON; NaN as an empty cell.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.cell import scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Input, Output, Signature

VERSION, STATUS, TIME = "version", "status", "time"
_GOOD: Final = frozenset({"", "0", "Good"})


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """One prediction.

    Attributes:
        line: of the file, from 1; the header is the first.
        version: that gave the outputs; empty where the file does not tell.
        time: as the file has it; empty where it does not tell.
    """

    line: int
    version: str
    time: str
    inputs: Row
    outputs: Row


def header(signature: Signature) -> list[str]:
    """The columns of a recording."""
    return [TIME, VERSION, STATUS, *signature.names, *_output_columns(signature)]


def cells(values: Sequence[Value | None]) -> list[str]:
    """Values as a recording has them."""
    return [_cell(value) for value in values]


def recorded_rows(path: Path, signature: Signature) -> Iterator[RecordedRow]:
    """The predictions of a recording that are Good, in their order.

    Args:
        path: of the file.
        signature: whose inputs and outputs its columns are.

    Raises:
        PackageError: it can't be read, lacks a column, or has a cell that can't be.
    """
    where = str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            wanted = [*signature.names, *_output_columns(signature)]
            missing = [name for name in wanted if name not in (reader.fieldnames or ())]
            if missing:
                raise PackageError("columns are missing", where=where, found="no " + ", ".join(missing))
            for line, cells_ in enumerate(reader, 2):
                if (cells_.get(STATUS) or "") in _GOOD:
                    yield _row(signature, cells_, line, where)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PackageError("the recording can't be read", where=where, found=error) from error


def _row(signature: Signature, given: Mapping[str, Any], line: int, where: str) -> RecordedRow:
    try:
        return RecordedRow(
            line,
            given.get(VERSION) or "",
            given.get(TIME) or "",
            tuple(_value(item, given[item.name] or "") for item in signature.inputs),
            tuple(
                _value(item, given[column] or "")
                for item, column in zip(signature.outputs, _output_columns(signature), strict=True)
            ),
        )
    except (ValueError, TypeError) as error:
        raise PackageError(
            "a cell is not what its column wants", where=f"{where}: line {line}", found=error
        ) from error


def _output_columns(signature: Signature) -> list[str]:
    taken = {TIME, VERSION, STATUS, *signature.names}
    return [f"output.{item.name}" if item.name in taken else item.name for item in signature.outputs]


def _value(item: Input | Output, text: str) -> Value:
    is_text = item.data_type is DataType.STRING and item.length <= 1
    if text.startswith("[") and not is_text:
        return tuple(scalar(item.data_type, one) for one in json.loads(text))
    return scalar(item.data_type, text)


def _cell(value: Value | None) -> str:
    if isinstance(value, tuple):
        # JSON has no NaN; null stands for it.
        return json.dumps([None if isinstance(one, float) and math.isnan(one) else one for one in value])
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
