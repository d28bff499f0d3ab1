"""Rows as callers of Python give them, and what is wrong with those on which a model failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import InferenceFailed, PredictionError
from opcua_ml.domain.row import checked_row

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature


def as_rows(signature: Signature, given: Any) -> Sequence[Row]:
    """What is no list and no tuple, as rows.

    Raises:
        InferenceFailed: it is no array of rows either. A DataFrame's columns may stand in another order.
    """
    if isinstance(given, np.ndarray) and given.ndim > 1:
        rows: list[Row] = given.tolist()
        return rows
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return given
    kind = type(given).__name__
    raise InferenceFailed("no list of rows", found=f"a value of type {kind}", wanted=_wanted(signature))


def fault_of(signature: Signature, rows: Sequence[Any]) -> InferenceFailed | None:
    """What is wrong with the first row that the signature does not have; None where they are all in order."""
    width = len(signature.inputs)
    for place, row in enumerate(rows):
        if not isinstance(row, list | tuple | np.ndarray):
            found = f"a value of type {type(row).__name__}"
            return InferenceFailed("no row", where=f"row {place}", found=found, wanted=_wanted(signature))
        if len(row) != width:
            wanted = f"{width}: {', '.join(signature.names)}"
            return InferenceFailed(f"{len(row)} values", where=f"row {place}", wanted=wanted)
        try:
            checked_row(signature, [_plain(value) for value in row], row=place, ranges=False)
        except PredictionError as error:
            where = f"row {place}: {error.where}"
            return InferenceFailed(error.what, where=where, found=error.found, wanted=error.wanted)
    return None


def _plain(value: Any) -> Any:
    """In the types of Python; numpy's scalars and arrays know them."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def _wanted(signature: Signature) -> str:
    width = len(signature.inputs)
    return f"a list of rows, each a tuple of {width}: {', '.join(signature.names)}"
