"""The tag path of a model that a PLC's program asks by writing words: one request, one answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml.application.intake import LiveIntake
from opcua_ml.application.statistics import StreamState
from opcua_ml.application.trigger import CLIENT_HEARTBEAT, DONE_ID, REQUEST_ID
from opcua_ml.domain.figure import figure
from opcua_ml.domain.handshake import Handshake, Seen, SignOfLife
from opcua_ml.domain.queue_state import Overflow, QueueState
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Severity, Status, severity, status_name
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opcua_ml.application.outlet import Outlet
    from opcua_ml.application.ports import Clock, HandshakePublisher
    from opcua_ml.application.result_context import ResultContext
    from opcua_ml.domain.input_policy import JoinPolicy
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.vector import Vector

    Refresh = Callable[[], Awaitable[bool]]

_ABLE = (ModelState.Ready, ModelState.Degraded)
_PAUSE_BETWEEN_READS = 0.05


@dataclass(frozen=True, slots=True)
class HandshakeSettings:
    """How requests are answered; times in seconds.

    Attributes:
        timeout: after which a request is answered with BadTimeout.
        heartbeat: between two counts of the service's heartbeat.
        client_timeout: without a change of the client's heartbeat, after which outputs turn Bad and requests
            are answered so; None for any. It begins with the first change.
        on_plc: whether the words are a PLC's tags; else they are nodes of ours, which begin at 0.
    """

    timeout: float = 5.0
    heartbeat: float = 1.0
    client_timeout: float | None = None
    on_plc: bool = False


class HandshakeStream:
    """Answers each request once, with the inputs as they are after it was raised.

    Takes samples whose keys are places of inputs, REQUEST_ID, DONE_ID (read back, to know what is open after
    a restart) or CLIENT_HEARTBEAT. Of requests that come faster than they are answered the newest counts,
    as its client waits for no other; what was left out is counted.

    Args:
        outlet: of the model.
        words: shows the handshake's own words to clients.
        settings: see there.
        clock: for ages, timeouts and heartbeats.
        policy: of the inputs.
        context: tags that say of which part a request is; None for none.
    """

    def __init__(
        self,
        outlet: Outlet,
        words: HandshakePublisher,
        settings: HandshakeSettings,
        clock: Clock,
        policy: JoinPolicy | None = None,
        *,
        context: ResultContext | None = None,
    ) -> None:
        self.model = outlet.model
        self._outlet = outlet
        self._words = words
        self._settings = settings
        self._clock = clock
        self._intake = LiveIntake(self.model.signature, policy, clock)
        self._context = context
        self._handshake = Handshake(settings.timeout, done_id=None if settings.on_plc else 0)
        self._client = SignOfLife(settings.client_timeout)
        self._refresh: Refresh | None = None
        self._loss: tuple[int, str] | None = None
        self._is_reset = False
        self._to_do = asyncio.Event()
        self._to_watch = asyncio.Event()
        held = self._intake.window_memory
        self.model.statistics.fed_by(
            lambda: StreamState(held, queue=self._requests(), handshake=self._handshake.counts)
        )
        outlet.when_predicting_changes(self._to_do.set)
        self.model.swap_observers.append(lambda: self._intake.follow(self.model.signature))

    def read_by(self, refresh: Refresh) -> None:
        """Read inputs and request id by this when a request was seen: notifications may be older than it.

        A PLC samples each tag at a time of its own: the request id's notification may come with values that
        the inputs had before it was raised. A value that is read afterwards can't be.
        """
        self._refresh = refresh

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification; never blocks."""
        requests = []
        for key, sample in samples:
            if key >= 0:
                self._intake.takes[key](sample)
            elif key == REQUEST_ID:
                requests.append(sample)
            elif key == DONE_ID and isinstance(sample.value, int):
                self._handshake.see_done(sample.value)
            elif key == CLIENT_HEARTBEAT and sample.value is not None:
                self._client.see(sample.value, sample.received)
                self._to_watch.set()
        for sample in requests:  # after the done id, which tells what is open
            self._see(sample)
            self._to_watch.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        await self._outlet.begin()
        async with asyncio.TaskGroup() as group:
            name = self.model.name
            group.create_task(self._answer_requests(), name=f"{name}.answers")
            group.create_task(self._watch(), name=f"{name}.timeouts")
            group.create_task(self._beat(), name=f"{name}.heartbeat")

    def _see(self, sample: Sample) -> None:
        if sample.is_bad or not isinstance(sample.value, int):
            code = sample.status if sample.is_bad and sample.status >= Status.Bad else Status.BadNoData
            self._handshake.lose()
            self._loss = code, sentence("the request id is {status}", status=status_name(code))
            self._to_do.set()
            return
        mark = sample.source_timestamp or sample.received
        seen = self._handshake.see_request(sample.value, self._clock.monotonic(), mark)
        self._loss = None
        self._is_reset = self._is_reset or seen is Seen.RESET
        if seen is not Seen.NOTHING_NEW:
            self._to_do.set()

    def _requests(self) -> QueueState:
        """The one that waits for its answer; of those that were replaced the client waits for none."""
        depth, dropped = int(self._handshake.pending is not None), self._handshake.counts.superseded
        return QueueState("Requests", 1, Overflow.NEWEST_REPLACES, depth, dropped)

    async def _answer_requests(self) -> None:
        while True:
            await self._to_do.wait()
            self._to_do.clear()
            if self._loss is not None:
                await self._show_bad(*self._loss)
                continue
            if not self.model.state.predicts:
                await self._show_bad(Status.BadOutOfService, self.model.state_reason)
            if self._is_reset:
                self._is_reset = False
                await self._answer_reset()
            if self._handshake.pending is not None:
                await self._answer(self._handshake.pending.id)

    async def _answer(self, request_id: int) -> None:
        if self._refresh is not None and not await self._refresh():
            await asyncio.sleep(_PAUSE_BETWEEN_READS)
            self._to_do.set()  # again, until the request is answered, times out or is lost
            return
        pending = self._handshake.pending
        if pending is None or pending.id != request_id:
            self._to_do.set()
            return
        vector = self._with_context(self._intake.vector())
        (prediction,) = await self.model.score([vector])
        if not (self.model.state.predicts or prediction.is_bad):
            prediction = self.model.retold(prediction, vector)  # it has been paused meanwhile
        if not prediction.is_bad and self._client.is_silent(self._clock.monotonic()):
            # Told Good, the outputs would turn Bad at once below a result code that says Good.
            (prediction,) = await self.model.score([vector.spoilt(Status.BadOutOfService, self._silence)])
        # The same id may be another program's by now, which has begun anew while the model was at work.
        if self._handshake.pending is pending and self._handshake.answer(request_id):
            await self._outlet.tell(replace(prediction, request_id=request_id))
            self._to_watch.set()

    async def _answer_reset(self) -> None:
        """The client counts anew: its first id must not be taken for the one that was answered last."""
        self._handshake.reset()
        await self._tell_bad(0, Status.BadWaitingForInitialData, sentence("no request has come yet"))

    async def _watch(self) -> None:
        """Turn what takes too long, and who has fallen silent, into Bad."""
        while True:
            moments = [self._handshake.deadline, self._client_moment()]
            next_one = min((moment for moment in moments if moment is not None), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if next_one is None else next_one - self._clock.monotonic()):
                    await self._to_watch.wait()
            self._to_watch.clear()
            now = self._clock.monotonic()
            expired = self._handshake.expire(now)
            if expired is not None:
                words = sentence("no answer within {limit} s", limit=figure(self._settings.timeout))
                await self._tell_bad(expired, Status.BadTimeout, words)
            if self._client.is_silent(now) and self._client_moment() is not None:
                await self._show_bad(Status.BadOutOfService, self._silence)

    @property
    def _silence(self) -> str:
        limit = figure(self._settings.client_timeout or 0.0)
        return sentence("the client has given no sign of life for {limit} s", limit=limit)

    def _client_moment(self) -> float | None:
        """When to look whether the client has fallen silent; None where outputs are Bad already."""
        last = self._outlet.last
        return None if last is None or last.is_bad else self._client.silent_at

    async def _beat(self) -> None:
        beats = 0
        while True:
            if self.model.state in _ABLE:
                beats = beats % (2**32 - 1) + 1
                await self._words.publish_heartbeat(self.model.name, beats)
            await asyncio.sleep(self._settings.heartbeat)

    async def _tell_bad(self, request_id: int, status: int, reason: str) -> None:
        (prediction,) = await self.model.score([self._spoilt(status, reason)])
        await self._outlet.tell(replace(prediction, request_id=request_id))

    async def _show_bad(self, status: int, reason: str) -> None:
        """Bad without a request: nobody waits, but the outputs must not stay as they are."""
        last = self._outlet.last
        if last is None or severity(last.status) is not Severity.BAD or last.status != status:
            (prediction,) = await self.model.score([self._spoilt(status, reason)])
            await self._outlet.tell(prediction)

    def _spoilt(self, status: int, reason: str) -> Vector:
        return self._with_context(self._intake.vector(is_trigger=False)).spoilt(status, reason)

    def _with_context(self, vector: Vector) -> Vector:
        """Of the request: as the tags were read after it was raised, like the inputs."""
        return vector if self._context is None else self._context.of(vector, None)
