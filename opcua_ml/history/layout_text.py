"""A layout as it stands in a store."""

from __future__ import annotations

import json
from contextlib import suppress

from opcua_ml.application.history.record import Column, Layout
from opcua_ml.domain.errors import HistoryDamaged
from opcua_ml.domain.signature import DataType


def layout_text(layout: Layout) -> str:
    """Path, type and rank of each column, as JSON."""
    return json.dumps([[*column[:1], column.data_type.value, column.is_array] for column in layout.columns])


def layout_of(text: str) -> Layout:
    """The reverse.

    Raises:
        HistoryDamaged: it is no such text.
    """
    with suppress(ValueError, KeyError, TypeError):
        return Layout(
            tuple(Column(path, DataType(kind), is_array) for path, kind, is_array in json.loads(text))
        )
    raise HistoryDamaged("a layout of the history is not as it was written")
