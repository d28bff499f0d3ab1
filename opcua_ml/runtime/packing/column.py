"""One column of training data as values of Python, with the OPC UA type that holds them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import DataType
from opcua_ml.runtime.package.parts import ColumnType, Container

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.sample import Scalar

DATA_TYPES: dict[str, DataType] = {
    "float64": DataType.DOUBLE,
    "float32": DataType.FLOAT,
    "float16": DataType.FLOAT,
    "int64": DataType.INT64,
    "int32": DataType.INT32,
    "int16": DataType.INT16,
    "int8": DataType.SBYTE,
    "uint64": DataType.UINT64,
    "uint32": DataType.UINT32,
    "uint16": DataType.UINT16,
    "uint8": DataType.BYTE,
    "bool": DataType.BOOLEAN,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Values as the signature has them.

    Attributes:
        values: NaN for a number that is missing, the empty text for a text that is.
        dtype: of the estimator's column.
    """

    values: Sequence[Scalar]
    data_type: DataType
    dtype: str
    categories: tuple[str | int | bool, ...] = ()
    has_missing: bool = False


def read_column(name: str, data: Any, container: Container) -> Column:
    """A column of an array or DataFrame.

    Raises:
        PackageError: its values are of no one type that OPC UA has.
    """
    categorical = getattr(data.dtype, "categories", None)
    if categorical is not None:
        return _categorical(name, data, categorical.tolist())
    plain = [_plain(value) for value in data.tolist()]
    dtype = str(data.dtype)
    missing = [value is None for value in plain]
    if dtype in DATA_TYPES:
        kind = DATA_TYPES[dtype]
        return Column([math.nan if v is None else v for v in plain], kind, dtype, has_missing=any(missing))
    kind = _kind(name, [value for value in plain if value is not None])
    if kind is DataType.STRING:
        values: list[Scalar] = ["" if value is None else value for value in plain]
        kept = dtype if dtype in get_args(ColumnType) else "str"
        return Column(values, kind, kept, has_missing=any(missing))
    if any(missing):
        kind = DataType.DOUBLE
    kept = "object" if dtype == "object" else str(np.dtype(_NUMPY[kind]))
    return Column(
        [math.nan if v is None else (float(v) if kind is DataType.DOUBLE else v) for v in plain],
        kind,
        kept if container is Container.FRAME else "object",
        has_missing=any(missing),
    )


_NUMPY = {DataType.BOOLEAN: "bool", DataType.INT64: "int64", DataType.DOUBLE: "float64"}


def _plain(value: Any) -> Any:
    """A value as Python's own; None for every way of saying «missing»."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _kind(name: str, values: Sequence[Any]) -> DataType:
    kinds = {type(value) for value in values}
    if kinds <= {str}:
        return DataType.STRING
    if kinds == {bool}:
        return DataType.BOOLEAN
    if kinds == {int}:
        return DataType.INT64
    if kinds <= {int, float}:
        return DataType.DOUBLE
    raise PackageError(
        "the column's values are of no one type that OPC UA has",
        where=f"X: {name}",
        found=", ".join(sorted(kind.__name__ for kind in kinds)),
        wanted="numbers, Booleans or texts",
    )


def _categorical(name: str, data: Any, categories: list[Any]) -> Column:
    kind = _kind(name, categories)
    if kind is DataType.DOUBLE:
        raise PackageError(
            "the categories are numbers with fractions",
            where=f"X: {name}",
            wanted="texts, integers or Booleans",
        )
    plain = [_plain(value) for value in data.tolist()]
    missing = any(value is None for value in plain)
    if missing and kind is not DataType.STRING:
        raise PackageError(
            "a category is missing", where=f"X: {name}", wanted="texts where categories may be missing"
        )
    if missing and "" not in categories:
        categories = [*categories, ""]
    dtype = "ordered category" if data.dtype.ordered else "category"
    values = ["" if value is None else value for value in plain]
    return Column(values, kind, dtype, tuple(categories), has_missing=missing)
