"""How the connection to a PLC fares: what clients see under Sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.domain.wording import without_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from opcua_ml.domain.state import ConnectionState

_NAMED = 3
"""Tags that a sentence names."""


@dataclass(frozen=True, slots=True)
class TagProblem:
    """A tag that is not Good: its name, its StatusCode and the reason in one sentence."""

    name: str
    status: int
    reason: str


def cause_of(problem: TagProblem) -> str:
    """Why, for all tags that have the same problem alike."""
    return str(without_place(problem.reason))


def told_together(problems: Iterable[TagProblem], most: int = 100) -> list[str]:
    """One sentence for each cause, with the tags that it hit; of many tags the first ones, and how many.

    Args:
        problems: in the order of the tags.
        most: causes that are told.
    """
    hit: dict[str, list[TagProblem]] = {}
    for problem in problems:
        hit.setdefault(cause_of(problem), []).append(problem)
    return [
        _told([one.name for one in alike], alike[0].reason if len(alike) == 1 else cause)
        for cause, alike in [*hit.items()][:most]
    ]


def _told(names: Sequence[str], reason: str) -> str:
    if reason.startswith((f"{names[0]} (", f"{names[0]}:")):
        return reason  # it says itself of which tag it is
    if len(names) <= _NAMED:
        return f"{', '.join(names)}: {reason}"
    return f"{len(names)} tags, such as {', '.join(names[:_NAMED])}: {reason}"


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """A PLC's connection at one moment; counts run from the service's start; times in seconds.

    Attributes:
        plc: name.
        endpoint: where it is.
        state: of the connection; Degraded where a tag is not usable or the PLC's server is not running.
        reason: the last error in one sentence; empty where all is well.
        connected_since: timezone-aware UTC; None while there is no session.
        reconnects: sessions after the first one.
        failed_attempts: to connect, since the last session.
        server_state: ServerState of OPC UA Part 5, 12.6, in its word; empty while unknown.
        clock_offset: the PLC's clock minus ours; None while unknown.
        publishing_interval: as the PLC revised it; None while unknown.
        sampling_interval: the longest that the PLC revised; None while unknown.
        keep_alive: longest pause between two words of the subscription that it promised; None while unknown.
        queue_size: the smallest that it revised; None while unknown.
        good_tags, uncertain_tags, bad_tags: of those that are read.
        problems: of those that are read or written.
        values: received.
        notifications: received.
        overflows: values before which the PLC dropped others, as its queue was full.
        gaps: losses of notifications that could not be made good; every tag was read anew then.
        republished: notifications lost on the way and had again.
        replayed: notifications that came twice, and were passed on once.
        type_changes: of tags, while in use.
        written: values that the PLC took.
        write_refused: values that it did not take.
        write_unknown: values of which it is not known whether it took them; they were not sent again.
        write_replaced: predictions that a newer one replaced before they were written.
        write_expired: predictions not written, as they were too old when it would have been possible.
        write_differing: values that its tags did not hold after it had taken them, where they are read back.
        writes: whether writing is switched on.
    """

    plc: str
    endpoint: str
    state: ConnectionState
    reason: str = ""
    connected_since: datetime | None = None
    reconnects: int = 0
    failed_attempts: int = 0
    server_state: str = ""
    clock_offset: float | None = None
    publishing_interval: float | None = None
    sampling_interval: float | None = None
    keep_alive: float | None = None
    queue_size: int | None = None
    good_tags: int = 0
    uncertain_tags: int = 0
    bad_tags: int = 0
    problems: tuple[TagProblem, ...] = ()
    values: int = 0
    notifications: int = 0
    overflows: int = 0
    gaps: int = 0
    republished: int = 0
    replayed: int = 0
    type_changes: int = 0
    written: int = 0
    write_refused: int = 0
    write_unknown: int = 0
    write_replaced: int = 0
    write_expired: int = 0
    write_differing: int = 0
    writes: bool = True
