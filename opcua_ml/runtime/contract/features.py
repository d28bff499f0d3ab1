"""From rows of the signature to the columns that an estimator was fitted with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.domain.signature import DataType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Scalar
    from opcua_ml.runtime.contract.contract import Contract


class FeatureColumns:
    """Places a row's values, windows spread out, in the estimator's order.

    Args:
        contract: whose inputs fill each of the estimator's columns once.
    """

    def __init__(self, contract: Contract) -> None:
        features, inputs = contract.features, contract.inputs
        filled = [(column, item) for item in inputs for column in item.own_columns]
        places = {column: place for place, (column, _) in enumerate(filled)}
        owners = dict(filled)
        self.names = features.columns
        self.inputs = tuple(owners[column] for column in features.columns)
        self.has_arrays = any(item.window and item.window.statistic is None for item in inputs)
        self._order = [places[column] for column in features.columns]
        self.is_ordered = self._order == list(range(len(filled)))

    def matrix(self, rows: Sequence[Row]) -> Sequence[Sequence[Any]]:
        """One sequence per row with one value per column; the rows themselves where they are that already."""
        if self.has_arrays:
            rows = [_spread(row) for row in rows]
        if self.is_ordered:
            return rows
        return [[row[place] for place in self._order] for row in rows]

    def placed(self, row: Row) -> Sequence[Any]:
        """One value per column of a row without arrays."""
        return row if self.is_ordered else [row[place] for place in self._order]

    def values(self, rows: Sequence[Row]) -> list[list[Any]]:
        """One list per column, with None for a String that is missing."""
        columns = list(map(list, zip(*self.matrix(rows), strict=True)))
        for item, column in zip(self.inputs, columns, strict=True):
            if item.data_type is DataType.STRING and item.allow_missing:
                column[:] = [value if value != "" else None for value in column]
        return columns


def _spread(row: Row) -> tuple[Scalar, ...]:
    spread: list[Scalar] = []
    for value in row:
        if isinstance(value, tuple):
            spread.extend(value)
        else:
            spread.append(value)
    return tuple(spread)
