"""How well two models do on the same pinned rows, and how sure that is."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from opcua_ml.domain.errors import HashMismatch, PackageError
from opcua_ml.domain.signature import DataType, OutputRole, Task
from opcua_ml.runtime.csv_field import scalar, truth
from opcua_ml.runtime.metrics import DEFAULT_METRIC, METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Scalar
    from opcua_ml.domain.signature import Input, Output, Signature

TARGET: Final = "target"
RESAMPLES: Final = 500
_SEED: Final = 0
_BATCH: Final = 4096


@dataclass(frozen=True, slots=True)
class PinnedRows:
    """Rows and what is right for each.

    Attributes:
        columns: of the file, as text.
    """

    inputs: tuple[Row, ...]
    columns: Mapping[str, tuple[str, ...]]
    where: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of a candidate with the active model on the same rows.

    Attributes:
        candidate, active: the metric of each.
        low, high: interval of how much better the candidate is; below 0 it is worse.
        better: how much better it is on all rows; below 0 it is worse.
    """

    metric: str
    rows: int
    candidate: float
    active: float
    low: float
    high: float

    @property
    def better(self) -> float:
        """How much better the candidate is on all rows; below 0 it is worse."""
        difference = self.candidate - self.active
        return difference if METRICS[self.metric].greater_is_better else -difference


def pinned_rows(path: Path, sha256: str, signature: Signature) -> PinnedRows:
    """Read the pinned data.

    Args:
        path: of a CSV file in UTF-8, with a header.
        sha256: that it must have, hexadecimal in lower case.
        signature: whose inputs its columns are.

    Raises:
        HashMismatch: it is another file.
        PackageError: it can't be read, lacks a column, or has a value that an input can't have.
    """
    where = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PackageError("the pinned data can't be read", where=where, found=error.strerror) from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise HashMismatch("not the data that is pinned (SHA-256)", where=where, found=found, wanted=sha256)
    columns = _columns(data, where)
    missing = [name for name in signature.names if name not in columns]
    arrays = [item.name for item in signature.inputs if item.is_array]
    if missing or arrays:
        what = "inputs are missing in the pinned data" if missing else "windows can't be read from a table"
        raise PackageError(what, where=where, found=", ".join(missing or arrays))
    inputs = [
        [
            _scalar(item, text, f"{where}: row {row}, {item.name}")
            for row, text in enumerate(columns[item.name], 1)
        ]
        for item in signature.inputs
    ]
    return PinnedRows(tuple(zip(*inputs, strict=True)), columns, where)


def _columns(data: bytes, where: str) -> dict[str, tuple[str, ...]]:
    """The table's columns by name; blank lines count for nothing, as in every CSV file."""
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        table = [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise PackageError(
            "the pinned data can't be read", where=where, found=error, wanted="CSV in UTF-8"
        ) from error
    if len(table) < 2:
        raise PackageError("the pinned data has no rows", where=where)
    names = table[0][1]
    for line, row in table:
        if len(row) != len(names):
            raise PackageError(
                "a line of the pinned data is ragged",
                where=f"{where}: line {line}",
                found=f"{len(row)} cells",
                wanted=f"{len(names)}, as the header has",
            )
    if len(set(names)) < len(names):
        raise PackageError("a column of the pinned data is there twice", where=where, found=", ".join(names))
    return dict(zip(names, zip(*(row for _, row in table[1:]), strict=True), strict=True))


def compared(
    rows: PinnedRows,
    task: Task,
    signature: Signature,
    candidate: Callable[[Sequence[Row]], list[Row]],
    active: Callable[[Sequence[Row]], list[Row]],
    *,
    metric: str | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """Hold two models against the pinned rows, with a paired bootstrap interval of their difference.

    Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentiles).

    Args:
        rows: pinned.
        task: of both.
        signature: of both.
        candidate: predicts.
        active: predicts, too.
        metric: which; by default f1 for a classification, auc for an anomaly detection, else mae.
        confidence: of the interval.

    Raises:
        PackageError: the model has no output for the metric, or the data no column for it.
        InferenceFailed: a model fails on a row.
    """
    chosen = metric or DEFAULT_METRIC.get(task, "mae")
    place = _place(signature, chosen)
    output = signature.outputs[place]
    targets = _targets(rows, signature, output, chosen)
    answers = [_column(_predicted(predict, rows.inputs), place) for predict in (candidate, active)]
    score = METRICS[chosen].score
    whole = [score(targets, one) for one in answers]
    sign = 1.0 if METRICS[chosen].greater_is_better else -1.0
    random = np.random.default_rng(_SEED)
    differences = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(targets), len(targets))
        mine, theirs = (score(targets[drawn], one[drawn]) for one in answers)
        differences.append(sign * (mine - theirs))
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(differences, (tail, 1 - tail)) if differences else (np.nan, np.nan)
    return Comparison(chosen, len(targets), whole[0], whole[1], float(low), float(high))


def _place(signature: Signature, metric: str) -> int:
    roles = METRICS[metric].roles
    for role in roles:
        for place, output in enumerate(signature.outputs):
            if output.role is role:
                return place
    raise PackageError(
        f"the model has no output of which {metric} could be told",
        found=", ".join(output.role.value for output in signature.outputs),
        wanted=" or ".join(role.value for role in roles),
    )


def _targets(rows: PinnedRows, signature: Signature, output: Output, metric: str) -> Any:
    label = next((one for one in signature.outputs if one.role is OutputRole.LABEL), None)
    names = [output.name, TARGET] + ([label.name] if label is not None and metric == "auc" else [])
    column = next((rows.columns[name] for name in names if name in rows.columns), None)
    if column is None:
        raise PackageError("no column tells what is right", where=rows.where, wanted=" or ".join(names))
    categories = output.categories or (label.categories if label is not None else ())
    if categories:
        known = {name: index for index, name in enumerate(categories)}
        return np.array([known[text] if text in known else _number(text, rows.where) for text in column])
    if output.role in (OutputRole.ANOMALY, OutputRole.SCORE):
        return np.array([_truth(text, rows.where) for text in column], dtype=float)
    if output.data_type is DataType.STRING:
        return np.array(column)
    return np.array([_number(text, rows.where) for text in column])


def _predicted(predict: Callable[[Sequence[Row]], list[Row]], inputs: Sequence[Row]) -> list[Row]:
    made: list[Row] = []
    for start in range(0, len(inputs), _BATCH):
        made += predict(inputs[start : start + _BATCH])
    return made


def _column(rows: Sequence[Row], place: int) -> Any:
    values = [row[place] for row in rows]
    if isinstance(values[0], str):
        return np.array(values)
    return np.array(values, dtype=float)


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PackageError("not a number, and no class of the model", where=where, found=text) from None


def _truth(text: str, where: str) -> bool:
    try:
        return truth(text)
    except ValueError:
        raise PackageError(
            "what is right is told by neither true nor false", where=where, found=text, wanted="true or false"
        ) from None


def _scalar(item: Input, text: str, where: str) -> Scalar:
    try:
        return scalar(item.data_type, text)
    except ValueError:
        raise PackageError("a value that the input can't have", where=where, found=text) from None
