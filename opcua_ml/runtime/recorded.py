"""Recorded predictions: inputs with the outputs that a version gave for them, as a table of texts.

A CSV file in UTF-8 with a header, in one of two forms. Numbers are written as Python's repr, which keeps
every bit, arrays as JSON.

- What `opcua-ml history export` writes: columns `Inputs.<name>` and `Outputs.<name>`, `time` and `quality`.
  What has no value is an empty cell; such rows are no predictions and are left out.
- A site's own: one column per input and per output, by name; an output that has an input's name is
  `output.<name>`. Optional are `version`, `status` (a StatusCode's number or name; empty is Good) and `time`.
  An empty cell is NaN.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.spreadsheet import as_given, harmless
from opcua_ml.runtime.csv_field import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Input, Output, Signature

VERSION, STATUS, TIME, QUALITY = "version", "status", "time", "quality"
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


def exported_cell(value: Value | None) -> str:
    """A value as an exported history has it, harmless in a spreadsheet; nothing is an empty cell."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return str(harmless(_cell(value)))


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
            form = _form(reader.fieldnames or (), signature)
            missing = [name for name in form.columns if name not in (reader.fieldnames or ())]
            if missing:
                raise PackageError("columns are missing", where=where, found="no " + ", ".join(missing))
            for line, cells_ in enumerate(reader, 2):
                if (cells_.get(form.status) or "") in _GOOD and form.has_all(cells_):
                    yield _row(signature, cells_, form, line, where)
    except UnicodeDecodeError as error:
        raise PackageError("the recording is not UTF-8", where=where, wanted="a CSV file in UTF-8") from error
    except (OSError, csv.Error) as error:
        found = error.strerror if isinstance(error, OSError) else error
        raise PackageError("the recording can't be read", where=where, found=found) from error


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file names its columns.

    Attributes:
        columns: of the inputs, then of the outputs.
        status: the column that tells whether a row is Good.
        filled: columns that a prediction has a value in; in a text, nothing may be the value.
        text: what was given for what stands in a cell.
    """

    columns: tuple[str, ...]
    status: str
    filled: tuple[str, ...] = ()
    text: Callable[[str], str] = str

    def has_all(self, given: Mapping[str, Any]) -> bool:
        """Whether nothing that a prediction has is missing."""
        return all(given[name] for name in self.filled)


def _form(names: Sequence[str], signature: Signature) -> _Form:
    exported = (
        *(f"Inputs.{item.name}" for item in signature.inputs),
        *(f"Outputs.{item.name}" for item in signature.outputs),
    )
    if not set(exported) & set(names):
        return _Form((*signature.names, *_output_columns(signature)), STATUS)
    items = zip(exported, _items(signature), strict=True)
    filled = tuple(name for name, item in items if not _is_text(item))
    return _Form(exported, QUALITY, filled, as_given)


def _row(signature: Signature, given: Mapping[str, Any], form: _Form, line: int, where: str) -> RecordedRow:
    items = _items(signature)
    try:
        values = tuple(
            _value(item, form.text(given[column] or ""))
            for item, column in zip(items, form.columns, strict=True)
        )
    except (ValueError, TypeError) as error:
        raise PackageError(
            "a cell is not what its column wants", where=f"{where}: line {line}", found=error
        ) from error
    first = len(signature.inputs)
    return RecordedRow(line, given.get(VERSION) or "", given.get(TIME) or "", values[:first], values[first:])


def _items(signature: Signature) -> tuple[Input | Output, ...]:
    return (*signature.inputs, *signature.outputs)


def _output_columns(signature: Signature) -> list[str]:
    taken = {TIME, VERSION, STATUS, *signature.names}
    return [f"output.{item.name}" if item.name in taken else item.name for item in signature.outputs]


def _value(item: Input | Output, text: str) -> Value:
    if _is_text(item):
        return text
    if text.startswith("["):
        return tuple(scalar(item.data_type, one) for one in json.loads(text))
    return scalar(item.data_type, text)


def _is_text(item: Input | Output) -> bool:
    return item.data_type is DataType.STRING and item.length <= 1


def _cell(value: Value | None) -> str:
    if isinstance(value, tuple):
        # JSON has no NaN; null stands for it.
        return json.dumps([None if isinstance(one, float) and math.isnan(one) else one for one in value])
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
