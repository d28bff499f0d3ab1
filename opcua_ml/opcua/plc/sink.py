"""From predictions to a PLC's tags: the newest wins, nothing is written twice or too late."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.application.bounded_queue import BoundedQueue
from opcua_ml.domain.connection import TagProblem
from opcua_ml.domain.errors import TagError
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.write_limits import STEP
from opcua_ml.opcua.plc.binding import Written
from opcua_ml.opcua.plc.heartbeat import HeartbeatWriter
from opcua_ml.opcua.plc.index_range import ignores_index_range
from opcua_ml.opcua.plc.output_tag import OutputTag
from opcua_ml.opcua.plc.writing import TagWriter, WriteCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.plc.binding import Heartbeat, OutputBinding
    from opcua_ml.opcua.plc.inspection import Found, Inspector
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_MOST_ANSWERS = 64
SWITCHED_OFF = "writing is switched off"


class PlcSink:
    """The PredictionSink of one PLC; predictions of models without a tag here are passed over.

    Nothing is written before a model's first good prediction, while writing is switched off, or after leave
    was taken; a safe value needs no good prediction before it.

    Args:
        settings: of the PLC.
        bindings: what is written.
        clock: for ages.
        longest_wait: seconds after which a prediction that could not be written is too old to be.
        heartbeat: sign of life for the PLC's program, or None.
        healthy: whether the service is well, so that its heart beats.
        writes: whether writing is switched on at first.
    """

    def __init__(
        self,
        settings: PlcSettings,
        bindings: Sequence[OutputBinding],
        clock: Clock,
        *,
        longest_wait: float = 2.0,
        heartbeat: Heartbeat | None = None,
        healthy: Callable[[], bool] = lambda: True,
        writes: bool = True,
    ) -> None:
        self.counts = WriteCounts()
        self.turned: Callable[[], None] = _nobody
        """Is told when other tags than before can't be written, or for other reasons."""
        self._told: tuple[str, ...] = ()
        self._writer = TagWriter(self.counts, clock)
        self._silent = "" if writes else SWITCHED_OFF
        self._owes_leave = False
        self._said = asyncio.Event()
        self._is_running = False
        self.tags = tuple(OutputTag(binding, settings) for binding in bindings)
        self._settings = settings
        self._clock = clock
        self._longest_wait = longest_wait
        self._heartbeat = HeartbeatWriter(heartbeat, settings, lambda: healthy() and not self._silent)
        self._by_model: dict[str, list[OutputTag]] = {}
        for tag in self.tags:
            self._by_model.setdefault(tag.binding.model, []).append(tag)
        self._asked = {
            model: any(tag.binding.written is Written.DONE_ID for tag in tags)
            for model, tags in self._by_model.items()
        }
        self._had_good: set[str] = set()
        self._latest: dict[str, Prediction] = {}
        self._waiting: dict[str, tuple[Prediction, float]] = {}
        self._answers: BoundedQueue[tuple[Prediction, float]] = BoundedQueue("Answers", _MOST_ANSWERS)
        self._arrived = asyncio.Event()

    def submit(self, prediction: Prediction) -> None:
        """Take a prediction to write; never blocks: a newer one of the same model replaces one that waits."""
        model = prediction.model
        if model not in self._by_model:
            return
        if prediction.request_id is None:
            self._latest[model] = prediction
        if self._silent:
            self.counts.expired += prediction.request_id is not None
            return
        if prediction.request_id is not None:
            dropped = self._answers.dropped
            self._answers.put((prediction, self._clock.monotonic()))
            self.counts.replaced += self._answers.dropped - dropped
            self._arrived.set()
            return
        if self._asked[model]:
            return  # its tags tell what was asked for, and nobody asked
        if severity(prediction.status) is Severity.GOOD:
            self._had_good.add(model)
        if not self._may_write(prediction):
            return
        self.counts.replaced += model in self._waiting
        self._waiting[model] = (prediction, self._clock.monotonic())
        self._arrived.set()

    @property
    def writes(self) -> bool:
        """Whether writing is switched on."""
        return not self._silent

    def switch(self, *, on: bool) -> None:
        """Switch writing on or off. Off: the tags are told so once more, then nothing is written at all."""
        if on is self.writes:
            return
        if not on:
            self._fall_silent(SWITCHED_OFF)
            return
        self._silent, self._owes_leave = "", False
        for prediction in self._latest.values():
            self.submit(prediction)

    async def take_leave(self, reason: str, seconds: float) -> None:
        """Tell the tags that nothing more will come, where there is a session, and write no more."""
        if self._silent and not self._owes_leave:
            return
        self._fall_silent(reason)
        if self._is_running:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._said.wait()

    def problems(self) -> list[TagProblem]:
        """Tags that can't be written, or whose last write was refused, with the reason in words."""
        found = [TagProblem(tag.binding.name, tag.status, tag.reason) for tag in self.tags if tag.reason]
        if self._silent and self.tags:
            found.append(TagProblem("writing", Status.BadOutOfService, self._silent))
        return found + self._heartbeat.problems()

    def lose(self, reason: str) -> None:
        """Tell every tag that there is no session; answers that wait for one are to questions of the last.

        The program that asked may have begun anew and ask with the same id again.
        """
        self.counts.expired += len(self._answers.take(_MOST_ANSWERS))
        for tag in self.tags:
            tag.lose(reason)
        self._heartbeat.lose(reason)

    async def prepare(self, session: PlcSession, inspector: Inspector) -> None:
        """Look at all tags, so that their problems are known before anything is to be written."""
        await self._bind(session, inspector, self.tags)

    async def run(self, session: PlcSession, inspector: Inspector) -> None:
        """Write in one session, once prepared, until it ends or we are cancelled.

        Raises:
            ExceptionGroup: of SessionFailed.
        """
        name = self._settings.name
        self._withdraw_again(self.tags)
        self._is_running = bool(self.tags)
        try:
            async with asyncio.TaskGroup() as tasks:
                if self.tags:
                    tasks.create_task(self._write_all(session), name=f"{name}.write")
                    tasks.create_task(self._look_again(session, inspector), name=f"{name}.write-retry")
                tasks.create_task(self._heartbeat.run(session, inspector), name=f"{name}.heartbeat")
        finally:
            self._is_running = False

    async def _bind(self, session: PlcSession, inspector: Inspector, tags: Sequence[OutputTag]) -> None:
        found = await inspector.inspect([tag.binding.address for tag in tags])
        for tag, one in zip(tags, found, strict=True):
            try:
                tag.bind(await _checked(session, one))
            except TagError as problem:
                tag.fail(problem, self._clock.monotonic())
        await self._settle(session, [tag for tag in tags if tag.is_usable])

    async def _settle(self, session: PlcSession, tags: Sequence[OutputTag]) -> None:
        """Find out what became of writes that were never answered."""
        await self._writer.settle(session, [(tag, tag.unsettled) for tag in tags if tag.unsettled])

    async def _look_again(self, session: PlcSession, inspector: Inspector) -> None:
        while True:
            await asyncio.sleep(self._settings.retry_min / 2)
            now = self._clock.monotonic()
            due = [tag for tag in self.tags if tag.retry_at is not None and tag.retry_at <= now]
            if due:
                await session.read_namespaces()
                await self._bind(session, inspector, due)
                self._withdraw_again([tag for tag in due if tag.is_usable])
            await self._settle(session, [tag for tag in self.tags if tag.is_usable])
            self._tell_turns()

    def _tell_turns(self) -> None:
        reasons = tuple(tag.reason for tag in self.tags)
        if reasons != self._told:
            self._told = reasons
            self.turned()

    def _withdraw_again(self, tags: Sequence[OutputTag]) -> None:
        """Tell tags that can be written again that their last value is not true any more.

        They may have missed it, and no other prediction may come for long. A Good one of that time is not
        told: nobody knows whether it is still true.
        """
        for model in {tag.binding.model for tag in tags}:
            last = self._latest.get(model)
            if last is None or not last.is_bad or self._silent or self._asked[model]:
                continue
            if model not in self._waiting and self._may_write(last):
                self._waiting[model] = (last, self._clock.monotonic())
                self._arrived.set()

    async def _write_all(self, session: PlcSession) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._owes_leave or self._answers or self._waiting:
                await self._write_one_of_each(session)
            self._tell_turns()

    async def _write_one_of_each(self, session: PlcSession) -> None:
        """What is owed first, then an answer, then a live value: a slow PLC must not starve one of them."""
        if self._owes_leave:
            await self._write_leave(session)
        for answer, submitted in self._answers.take(1):
            if self._is_current(submitted):
                await self._writer.answer(session, self._by_model[answer.model], answer)
        for model in list(self._waiting)[:1]:
            prediction, submitted = self._waiting.pop(model)
            if prediction.is_bad or self._is_current(submitted):
                await self._writer.write(session, self._by_model[model], prediction)
                self._go_on(model, prediction)

    def _is_current(self, submitted: float) -> bool:
        is_old = self._clock.monotonic() - submitted > self._longest_wait
        self.counts.expired += is_old
        return not is_old

    def _go_on(self, model: str, prediction: Prediction) -> None:
        """Write the prediction again after a step, where a value is on its way and no newer one has come."""

        def again() -> None:
            if model not in self._waiting and not self._silent and self._latest.get(model) is prediction:
                self._waiting[model] = prediction, self._clock.monotonic()
                self._arrived.set()

        if any(tag.is_on_its_way for tag in self._by_model[model]):
            asyncio.get_running_loop().call_later(STEP, again)

    def _may_write(self, prediction: Prediction) -> bool:
        """Whether the model was good once, or has a safe value for what is Bad and not just beginning."""
        if prediction.model in self._had_good:
            return True
        if not prediction.is_bad or prediction.status == Status.BadWaitingForInitialData:
            return False
        return any(tag.binding.limits.safe_value is not None for tag in self._by_model[prediction.model])

    def _fall_silent(self, reason: str) -> None:
        self._silent, self._owes_leave = reason, True
        self._waiting.clear()
        self.counts.expired += len(self._answers.take(_MOST_ANSWERS))
        self._said.clear()
        self._arrived.set()

    async def _write_leave(self, session: PlcSession) -> None:
        """A Bad prediction with the reason, or the safe values, to the tags that we have written."""
        for model, last in self._latest.items():
            leave = replace(last, status=Status.BadOutOfService, outputs=(), reason=self._silent)
            if not self._asked[model] and self._may_write(leave):
                await self._writer.write(session, self._by_model[model], leave)
        self._owes_leave = False
        self._said.set()


async def _checked(session: PlcSession, found: Found | TagError) -> Found:
    if isinstance(found, TagError):
        raise found
    if found.index and await ignores_index_range(session, found):
        raise TagError(
            "the PLC can't write one element of an array: it would replace the whole array",
            where=found.description.node,
        )
    return found


def _nobody() -> None:
    """Nobody has asked to be told."""
