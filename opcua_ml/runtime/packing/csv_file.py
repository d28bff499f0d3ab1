"""Training data from a CSV file."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Read = Callable[[str | list[str]], Any]

_LOOKED_AT = 100
"""Lines from which it is told how a file is written."""
_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Attributes:
        delimiter: between cells; empty for a comma, or a semicolon where the header has no comma.
        decimal: between a number's whole and its fraction; empty for a point, or a comma where semicolons
            stand between cells and the first lines have such numbers, as many spreadsheets write them.
    """

    delimiter: str = ""
    decimal: str = ""


class Target(np.ndarray[Any, Any]):
    """Targets that know what they are called, as a Series and a DataFrame do.

    Attributes:
        columns: their names in the file.
    """

    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingData:
    """Inputs and targets of a file.

    Attributes:
        inputs: DataFrame where pandas is installed, else an array of doubles.
        names: of the inputs' columns.
        target: Series or DataFrame, a `Target` without pandas, or None.
    """

    inputs: Any
    names: tuple[str, ...]
    target: Any


def read_csv(
    path: Path,
    *,
    inputs: Sequence[str] = (),
    targets: Sequence[str] = (),
    dialect: Dialect = Dialect(),
) -> TrainingData:
    """The columns of a CSV file with a header.

    Args:
        path: of the file.
        inputs: columns to take, in order; by default all that are not targets.
        targets: columns that the estimator predicts.
        dialect: how the file is written.

    Raises:
        PackageError: the file can't be read, lacks a column, or has texts in an input and pandas is not
            installed.
    """
    where = str(path)
    try:
        dialect = _told(path, dialect)
        header, read = _with_pandas(path, dialect) if find_spec("pandas") else _with_numpy(path, dialect)
    except OSError as error:
        raise PackageError("the file can't be read", where=where, found=error.strerror or error) from error
    except (ValueError, csv.Error) as error:
        wanted = "a CSV file with a header"
        raise PackageError("not a table of values", where=where, found=error, wanted=wanted) from error
    missing = [name for name in (*inputs, *targets) if name not in header]
    if missing:
        listed = ", ".join(header)
        raise PackageError("columns are missing", where=where, found=listed, wanted=", ".join(missing))
    chosen = tuple(inputs) or tuple(name for name in header if name not in targets)
    target = read(list(targets) if len(targets) > 1 else targets[0]) if targets else None
    if type(target) is np.ndarray:
        target = target.view(Target)
        target.columns = tuple(targets)
    return TrainingData(read(list(chosen)), chosen, target)


def _told(path: Path, dialect: Dialect) -> Dialect:
    """The dialect with its delimiter and decimal mark filled in.

    Raises:
        ValueError: the file is empty.
    """
    with path.open(newline="", encoding="utf-8-sig") as stream:
        header, *rows = [line.strip() for line in islice(stream, _LOOKED_AT)] or [""]
    if not header:
        raise ValueError("no header: the first line is empty")
    delimiter = dialect.delimiter or (";" if "," not in header and ";" in header else ",")
    cells = (cell.strip(' "') for row in rows for cell in row.split(delimiter))
    has_commas = delimiter == ";" and any(_COMMA.fullmatch(cell) for cell in cells)
    return Dialect(delimiter, dialect.decimal or ("," if has_commas else "."))


def _with_pandas(path: Path, dialect: Dialect) -> tuple[list[str], Read]:
    import pandas as pd  # noqa: PLC0415 - an extra of the installation

    frame = pd.read_csv(path, sep=dialect.delimiter, decimal=dialect.decimal, encoding="utf-8-sig")
    return list(frame.columns), frame.__getitem__


def _with_numpy(path: Path, dialect: Dialect) -> tuple[list[str], Read]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        header, *rows = csv.reader(stream, delimiter=dialect.delimiter)
    ragged = next((number for number, row in enumerate(rows, 2) if len(row) != len(header)), None)
    if ragged is not None:
        raise ValueError(f"{len(rows[ragged - 2])} cells in line {ragged}, under a header of {len(header)}")

    def column(name: str) -> Any:
        place = header.index(name)
        return _typed([row[place] for row in rows], dialect.decimal)

    def read(names: str | list[str]) -> Any:
        if isinstance(names, str):
            return column(names)
        columns = [column(name) for name in names]
        texts = [name for name, cells in zip(names, columns, strict=True) if cells.dtype.kind == "U"]
        if texts:
            raise PackageError(
                "a column of texts needs pandas",
                where=f"{path}: {texts[0]}",
                wanted="pip install 'opcua-ml[pandas]', or --column for each of the others",
            )
        return np.column_stack(columns)

    return header, read


def _typed(cells: list[str], decimal: str) -> Any:
    """A column as pandas would read it: integers, numbers with NaN for what is missing, or texts."""
    try:
        return np.array([int(cell) for cell in cells])
    except ValueError:
        pass
    try:
        return np.array([float(cell.replace(decimal, ".")) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells)
