"""What is kept of the training data: a hash that names them, and statistics for drift."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.runtime.package.parts import StatisticsPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def statistics(values: Sequence[Any]) -> StatisticsPart | None:
    """Statistics of one numeric input over all its values; None where all are missing.

    The standard deviation is that of the values themselves (divisor n).
    """
    numbers = np.asarray(values, dtype=np.float64)
    present = numbers[np.isfinite(numbers)]
    if not len(present):
        return None
    return StatisticsPart(
        count=len(present),
        missing=len(numbers) - len(present),
        mean=float(present.mean()),
        standard_deviation=float(present.std()),
        minimum=float(present.min()),
        maximum=float(present.max()),
        quantiles=tuple(np.quantile(present, QUANTILES).tolist()),
    )


def data_hash(names: Iterable[str], columns: Iterable[Sequence[Any]], target: Any) -> str:
    """SHA-256 of training data: for each column its name, a line feed, and its values.

    Numbers and Booleans count as little-endian IEEE 754 doubles, a missing one as the quiet NaN; texts as
    JSON arrays in UTF-8; a window's values row by row. The target, where there is one, follows as a column
    without a name.
    """
    digest = hashlib.sha256()
    for name, values in zip(names, columns, strict=True):
        digest.update(f"{name}\n".encode())
        digest.update(_bytes(values))
    if target is not None:
        digest.update(b"\n")
        digest.update(_bytes(np.asarray(target).ravel().tolist()))
    return digest.hexdigest()


def _bytes(values: Sequence[Any]) -> bytes:
    values = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    if any(isinstance(value, str) for value in values):
        return json.dumps([str(value) for value in values], ensure_ascii=False).encode()
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(numbers), np.nan, numbers).astype("<f8").tobytes()
