"""Reading delimited text: delimiter and header are found out where they are not given."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml_simulator.replay.settings import ReplaySettings

MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
"""Texts that mean no value, in lower case."""

_DELIMITERS = (";", "\t", "|", ",")


def read_text_table(path: Path, settings: ReplaySettings) -> tuple[list[str], list[list[str]]]:
    """Names and rows of a text file, every row as long as the header.

    Raises:
        FileError: the file can't be read, is empty, or a row has another number of fields.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, "", f"can't be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise FileError(path, "", f"is not UTF-8 text ({error.reason} at byte {error.start})") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise FileError(path, "", "is empty, wanted rows of numbers")
    delimiter = settings.delimiter or find_delimiter(lines[0][1])
    rows = [_split(line, delimiter) for _, line in lines]
    width = len(rows[0])
    for (number, _), row in zip(lines, rows, strict=True):
        if len(row) != width:
            raise FileError(path, f"line {number}", f"has {len(row)} fields, wanted {width} as in the first")
    if settings.transpose:
        rows = [list(column) for column in zip(*rows, strict=True)]
    has_header = settings.header
    if has_header is None:
        has_header = not any(is_number(field, settings.decimal) for field in rows[0])
    if has_header:
        names, rows = rows[0], rows[1:]
    else:
        names = [f"Column{number}" for number in range(1, len(rows[0]) + 1)]
    if not rows:
        raise FileError(path, "", "has a header only, wanted rows of numbers")
    return names, rows


def find_delimiter(line: str) -> str:
    """The delimiter of a line: the most frequent of ``; tab | ,``, else white space."""
    counts = {delimiter: line.count(delimiter) for delimiter in _DELIMITERS}
    best = max(counts, key=lambda delimiter: counts[delimiter])
    return best if counts[best] else "whitespace"


def is_number(field: str, decimal: str = ".") -> bool:
    """Whether a field is a number or stands for a missing one."""
    return field.strip().lower() in MISSING or parse_number(field, decimal) is not None


def parse_number(field: str, decimal: str = ".") -> float | None:
    """The number in a field, or None if it is no number; missing values are NaN."""
    text = field.strip()
    if text.lower() in MISSING:
        return float("nan")
    if decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == "whitespace":
        return line.split()
    return next(csv.reader(io.StringIO(line), delimiter=delimiter))
