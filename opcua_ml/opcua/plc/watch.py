"""Whether a PLC is alive and well: silence, its server's state, its clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from math import gcd
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.failure import RequestTimedOut, SessionFailed, SessionSilent
from opcua_ml.opcua.plc.node_ids import standard
from opcua_ml.opcua.plc.session import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_NODES = (
    ObjectIds.Server_ServerStatus_State,
    ObjectIds.Server_ServerStatus_CurrentTime,
    ObjectIds.Server_ServerStatus_StartTime,
)
_CHECKS_PER_SILENCE = 8
_QUESTIONS_PER_SILENCE = 4
_MICROSECONDS = 1_000_000
RUNNING = "Running"
WITHOUT_DATA = frozenset({"Failed", "NoConfiguration", "Suspended"})
"""States in which a server transfers no data, whatever its values say (OPC UA Part 5, 12.6)."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the PLC's server says of itself.

    Attributes:
        state: the word of its ServerState, such as «Running»; empty while unknown.
        clock_offset: its clock minus ours, in seconds; None while unknown.
        started: when it started, by its own clock; None while unknown.
        offset_within: seconds within which the offset is known: half of what asking took, and what the
            clock's steps are at most.
    """

    state: str = ""
    clock_offset: float | None = None
    started: datetime | None = None
    offset_within: float = 0.0


async def watch_silence(session: PlcSession, settings: PlcSettings, monotonic: Callable[[], float]) -> None:
    """Raise as soon as nothing has come for longer than allowed; until then, run until cancelled.

    Raises:
        SessionSilent: the PLC is frozen, or the way to it is broken.
    """
    pause = settings.silence / _CHECKS_PER_SILENCE
    while True:
        before = monotonic()
        await asyncio.sleep(pause)
        now = monotonic()
        if now - before > 2 * pause:
            continue  # our own loop was held up: what came meanwhile has not been looked at yet
        if now - session.last_heard > settings.silence - pause:
            silence = f"{now - session.last_heard:.1f}"
            raise SessionSilent(sentence("nothing came from the PLC for {pause} s", pause=silence))


async def ask_server(
    session: PlcSession, settings: PlcSettings, clock: Clock, tell: Callable[[ServerFacts], Any]
) -> None:
    """Ask the server for its state and time, often enough that silence means something, until cancelled.

    Raises:
        SessionFailed: it has restarted behind our back, or does not answer.
    """
    first: ServerFacts | None = None
    while True:
        facts = await server_facts(session, clock)
        if facts is not None:
            first = first or facts
            if facts.started is not None and first.started is not None and facts.started != first.started:
                raise SessionFailed(sentence("the PLC's server has restarted"))
            await tell(facts)
        await asyncio.sleep(settings.silence / _QUESTIONS_PER_SILENCE)


async def server_facts(session: PlcSession, clock: Clock) -> ServerFacts | None:
    """What the server says of itself now; None where it does not answer in time."""
    sent = clock.now()
    try:
        read = await session.read([(standard(node), AttributeIds.Value) for node in _NODES])
    except RequestTimedOut:
        return None  # slow; whether it is silent, too, is judged by all that comes
    answered = clock.now()
    state, current, started = (value_of(one) for one in read)
    offset, half, step = None, (answered - sent) / 2, 0.0
    if isinstance(current, datetime):
        offset, step = (_utc(current) - (sent + half)).total_seconds(), _step(current)
    began = _utc(started) if isinstance(started, datetime) else None
    return ServerFacts(_state(state), offset, began, abs(half.total_seconds()) + step)


def _state(value: Any) -> str:
    if not isinstance(value, int):
        return ""
    try:
        return ua.ServerState(value).name
    except ValueError:
        return f"state {value}"


def _step(moment: datetime) -> float:
    """Seconds by which a clock that shows this moment steps, at most: many tell whole ones."""
    return gcd(moment.microsecond, _MICROSECONDS) / _MICROSECONDS


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
