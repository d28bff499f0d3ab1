"""One PLC, for as long as the service runs: connect, read, write, watch, and again after every loss."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.connection import ConnectionSnapshot, TagProblem, cause_of, told_together
from opcua_ml.domain.errors import ConnectionRefused
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.backoff import Backoff
from opcua_ml.opcua.plc.client import PlcClient
from opcua_ml.opcua.plc.failure import SessionFailed, SessionSilent
from opcua_ml.opcua.plc.inspection import Inspector
from opcua_ml.opcua.plc.session import PlcSession
from opcua_ml.opcua.plc.source import PlcSource
from opcua_ml.opcua.plc.trust_watch import watch_trust
from opcua_ml.opcua.plc.watch import (
    RUNNING,
    WITHOUT_DATA,
    ServerFacts,
    ask_server,
    server_facts,
    watch_silence,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock, SampleReceiver
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.opcua.plc.binding import Heartbeat, InputBinding
    from opcua_ml.opcua.plc.description import TagDescription
    from opcua_ml.opcua.plc.input_tag import InputTag
    from opcua_ml.opcua.plc.settings import PlcSettings
    from opcua_ml.opcua.plc.sink import PlcSink

_log = structlog.get_logger(__name__)
_JUDGING_PAUSE = 1.0
"""Seconds: a tag that flickers must not fill the log."""
_SERVER = "server"


class PlcConnection:
    """A PLC with the tags that are read from it and written to it.

    Args:
        settings: where it is and how to reach it.
        inputs: tags to read.
        receiver: takes their samples, Bad ones with the reason's StatusCode while there is no value.
        clock: for ages and timestamps.
        sink: writes predictions to its tags; None where nothing is written.
        heartbeat: the tag by which the PLC's program shows that it lives, or None.
        changed: takes a snapshot at every change of state, and twice a second while connected.
        described: is told what the PLC tells of a tag for displays.
    """

    def __init__(
        self,
        settings: PlcSettings,
        *,
        inputs: Sequence[InputBinding],
        receiver: SampleReceiver,
        clock: Clock,
        sink: PlcSink | None = None,
        heartbeat: Heartbeat | None = None,
        changed: Callable[[ConnectionSnapshot], None] | None = None,
        described: Callable[[InputBinding, TagDetails], None] | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._source = PlcSource(settings, inputs, receiver, clock, heartbeat=heartbeat, described=described)
        self._source.delivery.turned = self._note_turn
        self._sink = sink
        if sink is not None:
            sink.turned = self._note_turn
        self._changed = changed
        self._state = ConnectionState.Disconnected
        self._reason: str = sentence("not connected yet")
        self._told: tuple[ConnectionState, str] | None = None
        self._server = ServerFacts()
        self._connected_since: datetime | None = None
        self._sessions = 0
        self._is_started = False
        self._turned = asyncio.Event()
        self._backoff = Backoff(settings.reconnect_min, settings.reconnect_max)
        self._abandoned: PlcClient | None = None

    async def run(self) -> None:
        """Stay connected until cancelled; then close the session.

        What a PLC does or does not do never ends this; an error of our own does.
        """
        self._source.delivery.fail_all(Status.BadNotConnected, self._reason)
        while True:
            self._become(ConnectionState.Connecting, self._reason)
            before = self._clock.monotonic()
            reason = await self._attempt()
            if self._is_started and self._clock.monotonic() - before > self.settings.reconnect_max:
                self._backoff.reset()  # not where a session ends as soon as it has begun
            self._connected_since = None
            self._is_started = False
            self._server = ServerFacts()
            status = Status.BadNoCommunication if self._sessions else Status.BadNotConnected
            self._source.delivery.fail_all(status, reason)
            if self._sink is not None:
                self._sink.lose(reason)
            self._become(ConnectionState.Disconnected, reason)
            await asyncio.sleep(self._backoff.next())

    async def _attempt(self) -> str:
        """See `_connect_and_serve`, in a task of its own.

        Before Python 3.13 a TaskGroup in it whose task fails just when we are cancelled tells the failure
        alone; the group here then still ends us.
        """
        async with asyncio.TaskGroup() as group:
            attempt = group.create_task(self._connect_and_serve(), name=f"{self.settings.name}.session")
        return attempt.result()

    async def read_now(self, keys: Collection[int]) -> bool:
        """Read input tags anew, by their bindings' keys, and pass them on; False where there is no answer."""
        return self._connected_since is not None and await self._source.read_now(keys)

    async def take_leave(self, reason: str) -> None:
        """Tell the tags that are written that nothing more will come, as far as that takes no long time."""
        if self._sink is not None:
            await self._sink.take_leave(reason, self.settings.stop_deadline / 2)

    def snapshot(self) -> ConnectionSnapshot:
        """How things stand now."""
        source, counts = self._source, self._source.counts
        subscription = source.subscription if self._connected_since is not None else None
        severities = Counter(severity(tag.status) for tag in source.tags)
        troubled = [tag for tag in source.tags if severity(tag.status)]
        problems = [_problem_of(tag) for tag in troubled]
        written = self._sink.counts if self._sink is not None else None
        if self._sink is not None:
            problems += self._sink.problems()
        monitored = [tag.monitored for tag in source.tags if tag.monitored is not None]
        return ConnectionSnapshot(
            plc=self.settings.name,
            endpoint=self.settings.endpoint,
            state=self._state,
            reason=self._reason,
            connected_since=self._connected_since,
            reconnects=max(0, self._sessions - 1),
            failed_attempts=0 if self._connected_since is not None else self._backoff.attempts,
            server_state=self._server.state,
            clock_offset=self._server.clock_offset,
            publishing_interval=subscription.publishing_interval if subscription else None,
            sampling_interval=max((one.sampling_interval for one in monitored), default=None),
            keep_alive=subscription.keep_alive if subscription else None,
            queue_size=min((one.queue_size for one in monitored), default=None),
            good_tags=severities[Severity.GOOD],
            uncertain_tags=severities[Severity.UNCERTAIN],
            bad_tags=severities[Severity.BAD],
            problems=tuple(problems),
            values=source.delivery.values,
            notifications=counts.notifications,
            overflows=sum(tag.overflows for tag in source.tags),
            gaps=counts.gaps,
            republished=counts.republished,
            replayed=counts.replayed,
            type_changes=sum(tag.type_changes for tag in source.tags),
            written=written.written if written else 0,
            write_refused=written.refused if written else 0,
            write_unknown=written.unknown if written else 0,
            write_replaced=written.replaced if written else 0,
            write_expired=written.expired if written else 0,
            write_differing=written.differing if written else 0,
            writes=self._sink is None or self._sink.writes,
        )

    def descriptions(self) -> dict[int, TagDescription]:
        """What the PLC says of each tag that was found, by the tag's key: type, unit, range."""
        return {tag.binding.key: tag.description for tag in self._source.tags if tag.description is not None}

    async def _connect_and_serve(self) -> str:
        """One attempt and, where it succeeds, one session to its end; why it ended, in one sentence."""
        client = PlcClient(self.settings)
        try:
            await client.open(self._abandoned)
        except ConnectionRefused as refused:
            self._keep_if_abandoned(client)
            return refused.sentence
        except BaseException:
            self._keep_if_abandoned(client)
            raise
        self._abandoned = None
        failure: SessionFailed | None = None
        try:
            await self._serve(client)
        except* SessionFailed as group:
            failure = _first(group)
        finally:
            await self._leave(client, failure)
        why = failure.sentence if failure else sentence("the session ended")
        return sentence("{where}: {what}", where=self.settings.endpoint, what=why)

    async def _serve(self, client: PlcClient) -> None:
        settings, clock = self.settings, self._clock
        session = PlcSession(client, clock.monotonic)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_keep_channel(client), name=f"{settings.name}.channel")
            tasks.create_task(
                watch_silence(session, settings, clock.monotonic), name=f"{settings.name}.silence"
            )
            tasks.create_task(watch_trust(client.shown, settings), name=f"{settings.name}.trust")
            await session.prepare()
            self._sessions += 1
            self._connected_since = clock.now()
            self._source.delivery.fail_all(Status.BadWaitingForInitialData, "no value has come yet")
            self._source.begin()
            facts = await server_facts(session, clock)
            if facts is not None:
                await self._hear_of_server(facts)  # before any value: those of a failed server are none
            inspector = Inspector(session)
            if self._sink is not None:
                await self._sink.prepare(session, inspector)
            tasks.create_task(
                self._source.run(session, inspector, self._started), name=f"{settings.name}.source"
            )
            if self._sink is not None:
                tasks.create_task(self._sink.run(session, inspector), name=f"{settings.name}.sink")
            tasks.create_task(self._judge_turns(), name=f"{settings.name}.turns")
            tasks.create_task(
                ask_server(session, settings, clock, self._hear_of_server), name=f"{settings.name}.server"
            )

    def _started(self) -> None:
        self._is_started = True
        self._judge()

    async def _leave(self, client: PlcClient, failure: SessionFailed | None) -> None:
        """Give the session back to the PLC where it can still hear us; else remember that it may hold it."""
        if isinstance(failure, SessionSilent):
            await client.abort()
        else:
            await client.close(self.settings.stop_deadline)
        self._keep_if_abandoned(client)

    def _keep_if_abandoned(self, client: PlcClient) -> None:
        if client.has_session:
            self._abandoned = client

    async def _hear_of_server(self, facts: ServerFacts) -> None:
        before, self._server = self._server.state, facts
        if self.settings.correct_clock and facts.clock_offset is not None:
            self._source.delivery.correction.measured(facts.clock_offset, facts.offset_within)
        if facts.state != before:
            if facts.state in WITHOUT_DATA:
                self._source.delivery.hold(
                    _SERVER, Status.BadOutOfService, f"the PLC's server is {facts.state}"
                )
            else:
                await self._source.release(_SERVER)
        if self._is_started:
            self._judge()

    def _note_turn(self) -> None:
        """A tag is of another quality than it was."""
        self._turned.set()

    async def _judge_turns(self) -> None:
        """Judge where tags turn; of many that turn one after the other, every so often."""
        while True:
            await self._turned.wait()
            self._turned.clear()
            if self._is_started:
                self._judge()
            await asyncio.sleep(_JUDGING_PAUSE)

    def _judge(self) -> None:
        """Connected or Degraded, by what is known now."""
        bad = [tag for tag in self._source.tags if severity(tag.status) is Severity.BAD]
        troubles = self._sink.problems() if self._sink is not None else []
        told = []
        if self._server.state not in ("", RUNNING):
            told.append(f"the PLC's server is {self._server.state}")
        elif bad:
            causes = told_together([_problem_of(tag) for tag in bad])
            told.append(f"{len(bad)} of {len(self._source.tags)} tags are Bad: {causes[0]}")
        if troubles and {cause_of(one) for one in troubles} == {cause_of(_problem_of(tag)) for tag in bad}:
            told.append(f"{len(troubles)} that are written have the same problem")
        elif len(troubles) > 1:
            told.append(f"{len(troubles)} tags can't be written: {told_together(troubles)[0]}")
        elif troubles:
            told.append(troubles[0].reason)
        self._become(ConnectionState.Degraded if told else ConnectionState.Connected, "; ".join(told))

    def _tell(self, state: ConnectionState, reason: str) -> None:
        """Log what is news: an attempt that fails as the one before is none, however often it is made."""
        if state is ConnectionState.Connecting or (state, reason) == self._told:
            return
        before, self._told = self._told, (state, reason)
        is_well = state is ConnectionState.Connected
        is_again = is_well and before is not None and before[0] is ConnectionState.Degraded
        event = "PLC no longer degraded" if is_again else f"PLC {state.name.lower()}"
        why = {"reason": reason} if reason else {}
        _log.log(logging.INFO if is_well else logging.WARNING, event, plc=self.settings.name, **why)

    def _become(self, state: ConnectionState, reason: str) -> None:
        self._state, self._reason = state, reason
        self._tell(state, reason)
        if self._changed is not None:
            self._changed(self.snapshot())


def _problem_of(tag: InputTag) -> TagProblem:
    return TagProblem(tag.binding.name, tag.status, tag.reason)


async def _keep_channel(client: PlcClient) -> None:
    try:
        await client.keep_channel()
    except Exception as error:
        # Whatever a peer answers to a renewal can make asyncua raise anything.
        raise SessionFailed(f"the secure channel could not be renewed ({error!r})") from error


def _first(group: BaseExceptionGroup[SessionFailed]) -> SessionFailed:
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("a group is never empty")
