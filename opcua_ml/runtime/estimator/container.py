"""What an estimator takes its rows in: the array or DataFrame that it was fitted with, dtype by dtype."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from opcua_ml.domain.errors import LibraryMismatch
from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.contract.features import FeatureColumns
from opcua_ml.runtime.package.parts import Container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.contract import Contract
    from opcua_ml.runtime.package.parts import InputPart


class RowContainer(Protocol):
    """Builds what the estimator's methods take."""

    def build(self, rows: Sequence[Row]) -> Any:
        """The rows as (rows, columns), in the estimator's own container and dtypes."""


def container_for(contract: Contract, where: str) -> RowContainer:
    """The container that the manifest tells.

    Raises:
        LibraryMismatch: it is a DataFrame and pandas is not installed.
    """
    columns = FeatureColumns(contract)
    if contract.features.container is Container.ARRAY:
        return _Array(columns, contract.features.dtype)
    if find_spec("pandas") is None:
        raise LibraryMismatch(
            "the estimator was fitted on a DataFrame and pandas is not installed",
            where=where,
            wanted="pandas (pip install opcua-ml[pandas])",
        )
    return _plain_frame(columns) or _Frame(columns)


class _Array:
    def __init__(self, columns: FeatureColumns, dtype: str) -> None:
        self._columns = columns
        self._dtype = np.dtype(dtype)
        self._has_missing_texts = any(
            item.data_type is DataType.STRING and item.allow_missing for item in columns.inputs
        )

    def build(self, rows: Sequence[Row]) -> Any:
        if self._has_missing_texts:
            rows = list(zip(*self._columns.values(rows), strict=True))
            return np.array(rows, dtype=self._dtype)
        return np.array(self._columns.matrix(rows), dtype=self._dtype)


def _plain_frame(columns: FeatureColumns) -> RowContainer | None:
    """A frame of one number type is made from one array, which takes a fifth of the time."""
    dtypes = {item.dtype for item in columns.inputs}
    if len(dtypes) > 1 or not dtypes & {"float64", "float32"}:
        return None
    return _PlainFrame(columns, dtypes.pop())


class _PlainFrame:
    def __init__(self, columns: FeatureColumns, dtype: str) -> None:
        import pandas as pd  # noqa: PLC0415  only services with such estimators need it

        self._columns = columns
        self._dtype = np.dtype(dtype)
        self._index = pd.Index(columns.names)
        self._make = pd.DataFrame

    def build(self, rows: Sequence[Row]) -> Any:
        array = np.array(self._columns.matrix(rows), dtype=self._dtype)
        return self._make(array, columns=self._index, copy=False)


class _Frame:
    def __init__(self, columns: FeatureColumns) -> None:
        import pandas as pd  # noqa: PLC0415  only services with such estimators need it

        self._columns = columns
        self._make = pd.DataFrame
        self._series = pd.Series
        self._dtypes = [
            pd.CategoricalDtype(_categories(item), ordered=item.dtype == "ordered category")
            if item.dtype.endswith("category")
            else item.dtype
            for item in columns.inputs
        ]

    def build(self, rows: Sequence[Row]) -> Any:
        columns = zip(self._columns.names, self._columns.values(rows), self._dtypes, strict=True)
        return self._make({name: self._series(values, dtype=dtype) for name, values, dtype in columns})


def _categories(item: InputPart) -> list[Any]:
    """Without the empty text, which stands for a missing one."""
    return [value for value in item.categories if not (item.allow_missing and value == "")]
