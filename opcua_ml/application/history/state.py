"""How recording fares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistoryState:
    """At one moment.

    Attributes:
        recording: whether the store takes what happens.
        problem: why it does not, in one sentence; empty where it does, or is not open yet.
        note: what operators should know all the same; empty for nothing.
        stored: values and events that were stored since the start, and last.
        dropped: values and events that were not, since the start.
        waiting: records that wait now.
        stored_until: everything that happened before lasts; filetime, 0 for nothing.
        begin: of what is in the store; filetime, 0 for nothing.
        size: bytes of the store.
        failures: how often storing has failed.
    """

    recording: bool = False
    problem: str = ""
    note: str = ""
    stored: int = 0
    dropped: int = 0
    waiting: int = 0
    stored_until: int = 0
    begin: int = 0
    size: int = 0
    failures: int = 0
