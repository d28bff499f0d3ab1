"""Training data from a CSV file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class TrainingData:
    """Inputs and targets of a file.

    Attributes:
        inputs: DataFrame where pandas is installed, else an array of doubles.
        names: of the inputs' columns.
        target: Series or DataFrame, an array without pandas, or None.
    """

    inputs: Any
    names: tuple[str, ...]
    target: Any


def read_csv(path: Path, *, inputs: Sequence[str] = (), targets: Sequence[str] = ()) -> TrainingData:
    """The columns of a CSV file with a header.

    Args:
        path: of the file.
        inputs: columns to take, in order; by default all that are not targets.
        targets: columns that the estimator predicts.

    Raises:
        PackageError: the file can't be read, lacks a column, or holds texts and pandas is not installed.
    """
    where = str(path)
    try:
        header, read = _with_pandas(path) if find_spec("pandas") else _with_numpy(path)
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
    return TrainingData(read(list(chosen)), chosen, target)


def _with_pandas(path: Path) -> tuple[list[str], Any]:
    import pandas as pd  # noqa: PLC0415 - an extra of the installation

    frame = pd.read_csv(path)
    return list(frame.columns), frame.__getitem__


def _with_numpy(path: Path) -> tuple[list[str], Any]:
    with path.open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    table = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    places = {name: place for place, name in enumerate(header)}

    def read(names: str | Sequence[str]) -> Any:
        if isinstance(names, str):
            return table[:, places[names]]
        return table[:, [places[name] for name in names]]

    return header, read
