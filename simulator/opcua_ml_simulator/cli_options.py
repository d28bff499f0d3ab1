"""The options of the command line: types, names, help texts, in the panels that ``--help`` shows."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

REPLAY_PANEL = "Replay"


class NodeType(StrEnum):
    """Type of slow and fast nodes."""

    UInt = "UInt"
    Double = "Double"
    Bool = "Bool"
    UIntArray = "UIntArray"


class ScanTimestamps(StrEnum):
    """Whose clock stamps a scan."""

    wall = "wall"
    plant = "plant"


class RowTimestamps(StrEnum):
    """Whose clock stamps a replayed row."""

    now = "now"
    file = "file"


def _plant(*names: str, text: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Plant")


def _signals(*names: str, text: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Signal set")


def _replay(*names: str, text: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=REPLAY_PANEL)


Port = Annotated[int, typer.Option(help="TCP port; 0 takes a free one.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Endpoint = Annotated[str, typer.Option(help="Host and port as one URL, opc.tcp://host:port/.")]
AllowRemote = Annotated[
    bool, typer.Option("--allow-remote", help="Permit an address that other machines reach, unsecured.")
]
Seconds = Annotated[float | None, typer.Option(min=0.0, help="End after so many seconds.")]
UntilInputEnds = Annotated[
    bool, typer.Option("--until-input-ends", help="End when standard input does: with whoever started us.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the endpoint as a JSON line.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log to stderr what happens.")]

Seed = Annotated[int, _plant(text="Fixes everything random.")]
Speed = Annotated[float, _plant(text="Plant seconds per second.")]
Step = Annotated[float, _plant(text="Seconds of plant time per scan.")]
Manual = Annotated[bool, _plant("--manual", text="Scan only by the method Simulation.Step.")]
Timestamps = Annotated[ScanTimestamps, _plant(text="SourceTimestamp by the host's or the plant's clock.")]
ScenarioName = Annotated[str, _plant(text="Timetable of faults: a TOML file, or 'demo'.")]

Faults = Annotated[
    list[str] | None,
    _plant(
        "--fault",
        text="A fault and when, such as Leak,at=60 (duration=S, severity=X, tag=TAG, magnitude=X too).",
    ),
]

Signals = Annotated[bool, _signals("--signals/--no-signals", text="Offer the plain signals.")]
NodeCount = Annotated[int, _signals(text="Number of such nodes.")]
NodeRate = Annotated[float, _signals(text="Seconds of plant time between their changes.")]
NodeKind = Annotated[NodeType, _signals(text="Their type.")]
NodeLow = Annotated[float, _signals(text="Slow and fast values begin here.")]
NodeHigh = Annotated[float, _signals(text="Beyond it they begin again.")]
NodeStep = Annotated[float, _signals(text="By which they grow.")]
NodeRandom = Annotated[bool, _signals("--node-random", text="Draw them between the bounds instead.")]

Replay = Annotated[Path | None, _replay(text="Play a delimited text file as tags.")]
Delimiter = Annotated[str, _replay(text="A character or 'whitespace'; found out if absent.")]
Decimal = Annotated[str, _replay(text="Decimal mark, '.' or ','.")]
Header = Annotated[
    bool | None, _replay("--header/--no-header", text="Names come first; found out if absent.")
]
Transpose = Annotated[bool, _replay("--transpose", text="Rows and columns are swapped in the file.")]
TimeColumn = Annotated[str | None, _replay(text="Column with the time; found out if absent, '' for none.")]
Period = Annotated[float, _replay(text="Seconds between rows without a time column.")]
Columns = Annotated[list[str] | None, _replay(text="COLUMN=TAG renames a column; repeatable.")]
OnlyMapped = Annotated[bool, _replay("--only-mapped", text="Leave out columns without --column.")]
ReplaySpeed = Annotated[float | None, _replay(text="Recorded seconds per second; --speed if absent.")]
Loop = Annotated[bool, _replay("--loop", text="Begin again after the last row.")]
ReplayTimestamps = Annotated[RowTimestamps, _replay(text="SourceTimestamp: now, or the file's.")]
ReplayPaused = Annotated[bool, _replay("--replay-paused", text="Wait for Replay.Start or Replay.Step.")]
