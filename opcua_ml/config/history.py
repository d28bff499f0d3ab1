"""The section `history`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from opcua_ml.config.postgresql import PostgresqlSection
from opcua_ml.config.section import FilePath, Section


class HistorySection(Section):
    """What is recorded, and where."""

    enabled: bool = True
    """Whether history is kept; single models are left out by `models.<name>.history`."""
    folder: FilePath = Path("history")
    """Folder of the file `history.sqlite`; one service writes to it."""
    postgresql: PostgresqlSection | None = None
    """A database of the site, in place of that file."""
    inputs: bool = True
    """Whether the inputs of models are recorded, as they were used and as clients wrote them."""
    outputs: bool = True
    """Whether the outputs of models are recorded."""
    events: bool = True
    """Whether events and alarms are recorded; audit events have a log of their own."""
    max_age_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] = 30.0
    """What is older is removed."""
    max_ahead_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 86_400.0
    """A SourceTimestamp that lies further ahead of the server's clock is recorded as the server's time, and
    the log warns of it."""
    max_mb: Annotated[int, Field(ge=1, le=10_000_000)] = 1024
    """What the history may take on the disk, in megabytes; the oldest goes first. In a database that is
    estimated from its rows."""
    commit_ms: Annotated[int, Field(ge=10, le=60_000)] = 250
    """Longest time between two writes to the disk: what a power cut takes is younger."""
    most_waiting: Annotated[int, Field(ge=100, le=10_000_000)] = 100_000
    """Predictions and events that may wait to be written; one more makes the oldest go."""
