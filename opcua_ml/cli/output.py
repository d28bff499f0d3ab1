"""The ways in which a command prints what it found."""

from __future__ import annotations

from enum import StrEnum


class Output(StrEnum):
    """Values of `--output`."""

    TABLE = "table"
    JSON = "json"
