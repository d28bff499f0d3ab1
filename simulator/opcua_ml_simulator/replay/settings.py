"""What to replay and how, checked before the file is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from opcua_ml_simulator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FASTEST = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """Settings of a replay.

    Attributes:
        source: path of a delimited text file, or a DataFrame.
        delimiter: one character, ``whitespace``, or None to find it out.
        decimal: decimal mark of the file.
        header: whether the first line has the names; None to find it out. Without it columns are Column1, ….
        transpose: rows and columns are swapped in the file.
        time_column: name of the column with date and time (ISO 8601) or seconds; None to find it out,
            an empty text for none.
        period: s between rows where there is no time column.
        columns: column names to tag names; the others keep theirs.
        only_mapped: leave out columns that ``columns`` does not name.
        speed: recorded seconds per second.
        loop: begin again after the last row.
        timestamps: SourceTimestamp of a row: ``now``, or ``file`` for the recorded one (UTC where it has no
            zone).
        paused: do not begin before Replay.Start or Replay.Step is called.

    Raises:
        SettingsError: a value that can't be used.
    """

    source: Path | Any
    delimiter: str | None = None
    decimal: str = "."
    header: bool | None = None
    transpose: bool = False
    time_column: str | None = None
    period: float = 1.0
    columns: Mapping[str, str] = field(default_factory=dict)
    only_mapped: bool = False
    speed: float = 1.0
    loop: bool = False
    timestamps: Literal["now", "file"] = "now"
    paused: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        if self.delimiter is not None and self.delimiter != "whitespace" and len(self.delimiter) != 1:
            raise SettingsError("delimiter", self.delimiter, "one character or 'whitespace'")
        if self.decimal not in {".", ","}:
            raise SettingsError("decimal", self.decimal, "'.' or ','")
        if self.decimal == self.delimiter:
            raise SettingsError("decimal", self.decimal, "another character than the delimiter")
        if not self.period > 0.0:
            raise SettingsError("period", self.period, "seconds above 0")
        if not 0.0 < self.speed <= _FASTEST:
            raise SettingsError("replay speed", self.speed, f"a factor above 0 and at most {_FASTEST:g}")
        if self.timestamps not in {"now", "file"}:
            raise SettingsError("replay timestamps", self.timestamps, "'now' or 'file'")
        if self.only_mapped and not self.columns:
            raise SettingsError("columns", dict(self.columns), "at least one column, as others are left out")
