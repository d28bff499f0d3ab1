"""A recording in memory: named columns, the time of every row, and how it was made from file or DataFrame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opcua_ml_simulator.errors import FileError, SettingsError
from opcua_ml_simulator.replay.text_table import MISSING, parse_number, read_text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml_simulator.replay.settings import ReplaySettings

Cell = float | str | None
"""A value of a row; None is missing."""

_TIME_NAMES = ("datetime", "timestamp", "date_time", "time", "date", "ts")
_INDEX = "the frame's index"
RESERVED = frozenset({"Row", "RowCount", "Done", "Running"})
"""Tag names of the player itself."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A table of values over time.

    Attributes:
        source: where it came from, for messages.
        names: tag names of the columns.
        numeric: per column, whether it holds numbers (else texts).
        rows: values, one tuple per row.
        offsets: s from the first row to each, never falling.
        times: recorded time of each row, or None where the recording has only an order.
    """

    source: str
    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    offsets: tuple[float, ...]
    times: tuple[datetime, ...] | None


def load_recording(settings: ReplaySettings) -> Recording:
    """Read what the settings name.

    Raises:
        FileError: the file can't be used: the sentence names line or column.
        SettingsError: the source is neither a path nor a DataFrame, or a mapped column does not exist.
    """
    if isinstance(settings.source, str | Path):
        path = Path(settings.source)
        names, fields = read_text_table(path, settings)
        columns = [_text_column([row[i] for row in fields], settings.decimal) for i in range(len(names))]
        return _build(str(path), names, columns, settings)
    frame: Any = settings.source
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        raise SettingsError("replay source", type(frame).__name__, "a path or a DataFrame")
    names = [str(name) for name in frame.columns]
    columns = [[_frame_cell(value) for value in frame.iloc[:, i].tolist()] for i in range(len(names))]
    if settings.time_column is None and hasattr(frame.index, "to_pydatetime"):
        names.append(_INDEX)
        columns.append([_frame_cell(value) for value in frame.index.to_pydatetime()])
        settings = replace(settings, time_column=_INDEX)
    return _build("the DataFrame", names, columns, settings)


def _build(source: str, names: list[str], columns: list[list[Any]], settings: ReplaySettings) -> Recording:
    if not names or not columns[0]:
        raise FileError(source, "", "has no rows")
    names = [name.strip() for name in names]
    _check_names(source, names, settings)
    time_index = _time_index(source, names, columns, settings)
    offsets, times = _timeline(source, columns, time_index, settings)
    chosen = [
        i
        for i, name in enumerate(names)
        if i != time_index and (not settings.only_mapped or name in settings.columns)
    ]
    tags = [settings.columns.get(names[i], names[i]) for i in chosen]
    _check_tags(source, tags)
    numeric = tuple(not any(isinstance(cell, str) for cell in columns[i]) for i in chosen)
    picked = [
        columns[i] if is_numeric else [None if cell is None else str(cell) for cell in columns[i]]
        for i, is_numeric in zip(chosen, numeric, strict=True)
    ]
    rows = tuple(zip(*picked, strict=True))
    return Recording(source, tuple(tags), numeric, rows, offsets, times)


def _check_names(source: str, names: list[str], settings: ReplaySettings) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FileError(source, f"column {min(twice)!r}", "stands twice, wanted different names")
    for name in settings.columns:
        if name not in names:
            raise SettingsError("columns", name, f"one of {', '.join(names)}")


def _check_tags(source: str, tags: list[str]) -> None:
    if not tags:
        raise FileError(source, "", "has no column to play besides the time")
    for tag in tags:
        if not tag:
            raise FileError(source, "header", "has a column without a name, wanted a name for each")
        if tag in RESERVED:
            raise FileError(
                source, f"column {tag!r}", "has a name of the player's own, wanted another by mapping"
            )
        if tags.count(tag) > 1:
            raise FileError(source, f"column {tag!r}", "is mapped to twice, wanted different tags")


def _time_index(
    source: str, names: list[str], columns: list[list[Any]], settings: ReplaySettings
) -> int | None:
    if settings.time_column is not None:
        if not settings.time_column:
            return None
        if settings.time_column not in names:
            raise FileError(source, f"column {settings.time_column!r}", "is not there, wanted as time column")
        return names.index(settings.time_column)
    lowered = [name.lower() for name in names]
    for name in _TIME_NAMES:
        if name in lowered:
            return lowered.index(name)
    return next((i for i, column in enumerate(columns) if _as_time(column[0]) is not None), None)


def _timeline(
    source: str, columns: list[list[Any]], time_index: int | None, settings: ReplaySettings
) -> tuple[tuple[float, ...], tuple[datetime, ...] | None]:
    if time_index is None:
        return tuple(settings.period * row for row in range(len(columns[0]))), None
    column = columns[time_index]
    if all(isinstance(cell, float) for cell in column):
        return _rising([cell - column[0] for cell in column]), None
    times: list[datetime] = []
    for row, cell in enumerate(column, start=1):
        time = _as_time(cell)
        if time is None:
            raise FileError(source, f"row {row}", f"has the time {cell!r}, wanted ISO 8601 or seconds")
        times.append(time)
    return _rising([(time - times[0]) / timedelta(seconds=1) for time in times]), tuple(times)


def _rising(offsets: Sequence[float]) -> tuple[float, ...]:
    """Offsets that never fall: a row with an earlier time plays together with the one before."""
    risen: list[float] = []
    for offset in offsets:
        risen.append(max(offset, risen[-1]) if risen else offset)
    return tuple(risen)


def _as_time(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=UTC)
    if not isinstance(cell, str):
        return None
    try:
        parsed = datetime.fromisoformat(cell.strip())
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _text_column(fields: list[str], decimal: str) -> list[Cell]:
    numbers = [parse_number(field, decimal) for field in fields]
    if all(number is not None for number in numbers):
        return [None if number is None or isnan(number) else number for number in numbers]
    return [None if field.strip().lower() in MISSING else field.strip() for field in fields]


def _frame_cell(value: Any) -> Any:
    """A DataFrame's value; NaN and NaT are the only values that differ from themselves."""
    if value is None or value != value:  # noqa: PLR0124 - the test for NaN and NaT alike
        return None
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, datetime):
        return value
    return str(value)
