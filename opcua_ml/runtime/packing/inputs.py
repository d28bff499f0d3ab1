"""The inputs that a table's columns stand for: their types, categories, windows and statistics."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import ValidationError

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.runtime.package.manifest_file import manifest_problem
from opcua_ml.runtime.package.parts import ColumnType, FeaturesPart, InputPart, WindowPart
from opcua_ml.runtime.packing.column import Column, read_column
from opcua_ml.runtime.packing.training import statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Window
    from opcua_ml.runtime.packing.declarations import Declarations
    from opcua_ml.runtime.packing.table import Table

_STEP = re.compile(r"(?P<name>.+)\[t(?:-(?P<back>\d+))?\]")


def column_names(declared: Declarations) -> list[str] | None:
    """Names of an array's columns: those declared, each window spread out as `name[t-1]`, `name[t]`."""
    if declared.names is None:
        return None
    names: list[str] = []
    for name in declared.names:
        window = declared.window(name)
        names.extend(_steps(name, window) if window and window.statistic is None else [name])
    return names


def read_inputs(
    table: Table, declared: Declarations
) -> tuple[FeaturesPart, tuple[InputPart, ...], list[Row]]:
    """The estimator's columns, the inputs that fill them, and the table's rows as the signature has them.

    Raises:
        PackageError: a column's values are of no type that OPC UA has, or a window is not whole.
    """
    columns = {
        name: read_column(name, table.column(place), table.container)
        for place, name in enumerate(table.names)
    }
    inputs, cells = [], []
    for name, own in _inputs(table.names, declared).items():
        read = [columns[column] for column in own]
        inputs.append(_input(name, own, read, declared))
        values = [column.values for column in read]
        has_array = inputs[-1].window is not None and inputs[-1].window.statistic is None
        cells.append(list(zip(*values, strict=True)) if has_array else values[0])
    features = FeaturesPart(container=table.container, dtype=_dtype(table.dtype), columns=table.names)
    return features, tuple(inputs), list(zip(*cells, strict=True))


def _inputs(names: Sequence[str], declared: Declarations) -> dict[str, list[str]]:
    """Each input with the columns that it fills, the oldest first."""
    inputs: dict[str, list[str]] = {}
    for name in names:
        match = _STEP.fullmatch(name)
        window = declared.window(match["name"]) if match else None
        if match is None or window is None or window.statistic is not None:
            inputs[name] = [name]
        elif match["name"] not in inputs:
            inputs[match["name"]] = _whole(_steps(match["name"], window), names, match["name"])
    for name in declared.windows:
        window = declared.window(name)
        if window is not None and window.statistic is None and inputs.get(name) == [name]:
            _whole(_steps(name, window), names, name)
    return inputs


def _steps(name: str, window: Window) -> list[str]:
    return [f"{name}[t-{back}]" if back else f"{name}[t]" for back in reversed(range(window.samples))]


def _whole(steps: list[str], names: Sequence[str], name: str) -> list[str]:
    missing = [step for step in steps if step not in names]
    if missing:
        raise PackageError(
            "columns of the window are missing", where=f"windows: {name}", found=", ".join(missing)
        )
    return steps


def _input(name: str, own: Sequence[str], read: Sequence[Column], declared: Declarations) -> InputPart:
    try:
        return _part(name, own, read, declared)
    except ValidationError as error:
        raise manifest_problem(f"pack: {name}", error) from error


def _part(name: str, own: Sequence[str], read: Sequence[Column], declared: Declarations) -> InputPart:
    kinds = {(column.data_type, column.dtype) for column in read}
    if len(kinds) > 1:
        raise PackageError("the columns of a window differ in type", where=name, wanted="one type")
    first = read[0]
    window = declared.window(name)
    data_type = declared.data_type(name, first.data_type)
    values = [value for column in read for value in column.values]
    _check_fit(name, data_type, values)
    return InputPart(
        name=name,
        data_type=data_type,
        description=declared.descriptions.get(name, ""),
        unit=declared.units.get(name),
        details=declared.detail(name),
        range=declared.range(name),
        categories=tuple(declared.categories.get(name, first.categories)),
        window=WindowPart(
            samples=window.samples, period=window.period, statistic=window.statistic, fill=window.fill
        )
        if window
        else None,
        allow_missing=any(column.has_missing for column in read),
        dtype=_dtype(first.dtype),
        columns=() if tuple(own) == (name,) else tuple(own),
        statistics=None if data_type in (DataType.STRING, DataType.BOOLEAN) else statistics(values),
    )


def _check_fit(name: str, data_type: DataType, values: Sequence[Any]) -> None:
    limits = INTEGER_LIMITS.get(data_type)
    if limits is None:
        return
    outside = next(
        (v for v in values if math.isnan(v) or v != int(v) or not limits[0] <= v <= limits[1]), None
    )
    if outside is not None:
        raise PackageError(
            "a value of the training data is not of the declared type",
            where=f"data_types: {name}",
            found=outside,
            wanted=data_type.value,
        )


def _dtype(name: str) -> ColumnType:
    if name not in get_args(ColumnType):
        wanted = ", ".join(get_args(ColumnType))
        raise PackageError("a dtype that has no data type in OPC UA", where="X", found=name, wanted=wanted)
    return cast("ColumnType", name)
