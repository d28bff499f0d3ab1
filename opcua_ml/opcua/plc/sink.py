"""From predictions to a PLC's tags: the newest wins, nothing is written twice or too late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.application.bounded_queue import BoundedQueue
from opcua_ml.domain.connection import TagProblem
from opcua_ml.domain.errors import TagError
from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.plc.binding import Written
from opcua_ml.opcua.plc.failure import RequestTimedOut, ServiceFault, SessionFailed
from opcua_ml.opcua.plc.heartbeat import HeartbeatWriter
from opcua_ml.opcua.plc.index_range import ignores_index_range
from opcua_ml.opcua.plc.output_tag import OutputTag
from opcua_ml.opcua.values import NULL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncua import ua

    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.plc.binding import Heartbeat, OutputBinding
    from opcua_ml.opcua.plc.inspection import Found, Inspector
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_MOST_ANSWERS = 64


@dataclass(slots=True)
class WriteCounts:
    """What became of predictions and values; runs over all sessions of a PLC."""

    written: int = 0
    refused: int = 0
    unknown: int = 0
    replaced: int = 0
    expired: int = 0


class PlcSink:
    """The PredictionSink of one PLC; predictions of models without a tag here are passed over.

    Args:
        settings: of the PLC.
        bindings: what is written.
        clock: for ages.
        longest_wait: seconds after which a prediction that could not be written is too old to be.
        heartbeat: sign of life for the PLC's program, or None.
        healthy: whether the service is well, so that its heart beats.
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
    ) -> None:
        self.counts = WriteCounts()
        self.tags = tuple(OutputTag(binding, settings) for binding in bindings)
        self._settings = settings
        self._clock = clock
        self._longest_wait = longest_wait
        self._heartbeat = HeartbeatWriter(heartbeat, settings, healthy)
        self._by_model: dict[str, list[OutputTag]] = {}
        for tag in self.tags:
            self._by_model.setdefault(tag.binding.model, []).append(tag)
        self._asked = {
            model: any(tag.binding.written is Written.DONE_ID for tag in tags)
            for model, tags in self._by_model.items()
        }
        self._had_good: set[str] = set()
        self._last: dict[str, Prediction] = {}
        self._waiting: dict[str, tuple[Prediction, float]] = {}
        self._answers: BoundedQueue[tuple[Prediction, float]] = BoundedQueue("Answers", _MOST_ANSWERS)
        self._arrived = asyncio.Event()

    def submit(self, prediction: Prediction) -> None:
        """Take a prediction to write; never blocks: a newer one of the same model replaces one that waits.

        Nothing is written before a model's first good prediction.
        """
        model = prediction.model
        if model not in self._by_model:
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
        if model not in self._had_good:
            return
        self._last[model] = prediction
        self.counts.replaced += model in self._waiting
        self._waiting[model] = (prediction, self._clock.monotonic())
        self._arrived.set()

    def problems(self) -> list[TagProblem]:
        """Tags that can't be written, or whose last write was refused, with the reason in words."""
        found = [TagProblem(tag.binding.name, tag.status, tag.reason) for tag in self.tags if tag.reason]
        return found + self._heartbeat.problems()

    def lose(self, reason: str) -> None:
        """Tell every tag that there is no session."""
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
        async with asyncio.TaskGroup() as tasks:
            if self.tags:
                tasks.create_task(self._write_all(session), name=f"{name}.write")
                tasks.create_task(self._look_again(session, inspector), name=f"{name}.write-retry")
            tasks.create_task(self._heartbeat.run(session, inspector), name=f"{name}.heartbeat")

    async def _bind(self, session: PlcSession, inspector: Inspector, tags: Sequence[OutputTag]) -> None:
        found = await inspector.inspect([tag.binding.address for tag in tags])
        for tag, one in zip(tags, found, strict=True):
            try:
                tag.bind(await _checked(session, one))
            except TagError as problem:
                tag.fail(problem, self._clock.monotonic())

    async def _look_again(self, session: PlcSession, inspector: Inspector) -> None:
        while True:
            await asyncio.sleep(self._settings.retry_min / 2)
            now = self._clock.monotonic()
            due = [tag for tag in self.tags if tag.retry_at is not None and tag.retry_at <= now]
            if due:
                await session.read_namespaces()
                await self._bind(session, inspector, due)
                self._withdraw_again([tag for tag in due if tag.is_usable])

    def _withdraw_again(self, tags: Sequence[OutputTag]) -> None:
        """Tell tags that can be written again that their last value is not true any more.

        They may have missed it, and no other prediction may come for long. A Good one of that time is not
        told: nobody knows whether it is still true.
        """
        for model in {tag.binding.model for tag in tags}:
            last = self._last.get(model)
            if last is not None and last.is_bad and model not in self._waiting:
                self._waiting[model] = (last, self._clock.monotonic())
                self._arrived.set()

    async def _write_all(self, session: PlcSession) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            for answer, submitted in self._answers.take(_MOST_ANSWERS):
                if self._clock.monotonic() - submitted > self._longest_wait:
                    self.counts.expired += 1
                else:
                    await self._write_answer(session, self._by_model[answer.model], answer)
            while self._waiting:
                model = next(iter(self._waiting))
                prediction, submitted = self._waiting.pop(model)
                if not prediction.is_bad and self._clock.monotonic() - submitted > self._longest_wait:
                    self.counts.expired += 1
                    continue
                await self._write(session, self._by_model[model], prediction)

    async def _write_answer(self, session: PlcSession, tags: Sequence[OutputTag], answer: Prediction) -> None:
        """All tags of the answer and, when the PLC has taken them, the done id.

        What it refuses makes the answer Bad. Where it is not known what it took, no done id follows: its
        program's own timeout decides.
        """
        done = [tag for tag in tags if tag.binding.written is Written.DONE_ID]
        told = [tag for tag in tags if tag not in done]
        unknown = self.counts.unknown
        await self._write(session, told, answer)
        refused = [tag for tag in told if severity(tag.status) is Severity.BAD]
        if refused and not answer.is_bad and self.counts.unknown == unknown:
            worse = replace(answer, status=refused[0].status, outputs=(), reason=refused[0].reason)
            await self._write(session, told, worse)
        codes = [tag for tag in told if tag.binding.written is Written.RESULT_CODE]
        if self.counts.unknown == unknown and all(severity(tag.status) is not Severity.BAD for tag in codes):
            await self._write(session, done, answer)

    async def _write(self, session: PlcSession, tags: Sequence[OutputTag], prediction: Prediction) -> None:
        """All tags of one prediction, in one request."""
        requests = [(tag, request) for tag in tags if tag.is_usable and (request := tag.request(prediction))]
        refused = await self._send(session, requests)
        # A definite refusal, so that sending the value alone repeats nothing.
        again = [(tag, alone) for tag, request in refused if (alone := tag.without_quality(request))]
        await self._send(session, again)

    async def _send(
        self, session: PlcSession, requests: Sequence[tuple[OutputTag, ua.WriteValue]]
    ) -> list[tuple[OutputTag, ua.WriteValue]]:
        """Write; those whose quality the PLC does not take come back."""
        if not requests:
            return []
        codes = await self._outcomes(session, [request for _, request in requests])
        now = self._clock.monotonic()
        without_quality = []
        for (tag, request), code in zip(requests, codes, strict=False):
            if code == StatusCodes.BadWriteNotSupported and request.Value.StatusCode is not None:
                without_quality.append((tag, request))
                continue
            tag.judge(code, request, now)
            is_bad = severity(code) is Severity.BAD
            self.counts.refused += is_bad and request.Value.Value is not NULL
            self.counts.written += not is_bad
        return without_quality

    async def _outcomes(self, session: PlcSession, values: Sequence[ua.WriteValue]) -> Sequence[int]:
        """The StatusCodes; empty where the outcome is unknown: then nothing is sent again."""
        try:
            return await session.write(values)
        except RequestTimedOut:
            self.counts.unknown += len(values)
            return ()  # whether the PLC is gone is judged by its silence, not by one slow write
        except ServiceFault as fault:
            return [fault.code] * len(values)
        except (SessionFailed, asyncio.CancelledError):
            self.counts.unknown += len(values)
            raise


async def _checked(session: PlcSession, found: Found | TagError) -> Found:
    if isinstance(found, TagError):
        raise found
    if found.index and await ignores_index_range(session, found):
        raise TagError(
            "the PLC can't write one element of an array: it would replace the whole array",
            where=found.description.node,
        )
    return found
