"""Writing the tags of one prediction, and what is learnt from the PLC's answer or from its silence."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.plc.binding import Written
from opcua_ml.opcua.plc.failure import RequestTimedOut, ServiceFault, SessionFailed
from opcua_ml.opcua.plc.field_writes import whole_writes
from opcua_ml.opcua.plc.read_back import read_back
from opcua_ml.opcua.values import NULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua import ua

    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.plc.output_tag import OutputTag
    from opcua_ml.opcua.plc.session import PlcSession

    Requests = Sequence[tuple["OutputTag", "ua.WriteValue"]]


@dataclass(slots=True)
class WriteCounts:
    """What became of predictions and values; runs over all sessions of a PLC.

    Attributes:
        written: values that the PLC took, by its answer or by what its tags held afterwards.
        refused: values that it did not take.
        unknown: values whose write it never answered.
        differing: values that its tags did not hold, though it had taken them.
        replaced, expired: predictions that were not written: a newer one came, or they grew too old.
    """

    written: int = 0
    refused: int = 0
    unknown: int = 0
    differing: int = 0
    replaced: int = 0
    expired: int = 0


class TagWriter:
    """Writes to the tags of one PLC.

    A write without an answer is never sent again: what its tags hold is read.

    Args:
        counts: to count in.
        clock: for pauses.
    """

    def __init__(self, counts: WriteCounts, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock

    async def write(self, session: PlcSession, tags: Sequence[OutputTag], prediction: Prediction) -> bool:
        """All tags of one prediction, in one request; whether it is known what the PLC took."""
        requests = [(tag, request) for tag in tags if tag.is_usable and (request := tag.request(prediction))]
        again, is_known = await self._send(session, requests)
        _, is_known_again = await self._send(session, again)
        return is_known and is_known_again

    async def answer(self, session: PlcSession, tags: Sequence[OutputTag], answer: Prediction) -> None:
        """All tags of the answer to a request and, when the PLC has taken them, the done id.

        What it refuses makes the answer Bad. Where it is not known what it took, no done id follows: its
        program's own timeout decides.
        """
        done = [tag for tag in tags if tag.binding.written is Written.DONE_ID]
        told = [tag for tag in tags if tag not in done]
        is_known = await self.write(session, told, answer)
        refused = [tag for tag in told if severity(tag.status) is Severity.BAD]
        if refused and not answer.is_bad and is_known:
            worse = replace(answer, status=refused[0].status, outputs=(), reason=refused[0].reason)
            is_known = await self.write(session, told, worse)
        codes = [tag for tag in told if tag.binding.written is Written.RESULT_CODE]
        if is_known and all(severity(tag.status) is not Severity.BAD for tag in codes):
            await self.write(session, done, answer)

    async def settle(self, session: PlcSession, unsettled: Requests) -> bool:
        """Read what tags hold whose write was never answered; whether all of them hold what was written.

        Raises:
            SessionFailed: the session is gone.
        """
        if not unsettled:
            return True
        try:
            found = await self._held(session, unsettled)
        except (RequestTimedOut, ServiceFault):
            return False
        for (tag, request), (is_held, held) in zip(unsettled, found, strict=True):
            if tag.unsettled is not request:
                continue  # another write has begun meanwhile
            tag.unsettled = None
            if is_held:
                self._counts.written += 1
                tag.judge(StatusCodes.Good, request, self._clock.monotonic())
            else:
                tag.doubt(held, "the PLC did not answer the write")
        return all(is_held for is_held, _ in found)

    async def _send(self, session: PlcSession, requests: Requests) -> tuple[Requests, bool]:
        """Write; what to write instead of what the PLC refused, and whether it is known what it took.

        It was definitely refused, so that writing it in another form repeats nothing.
        """
        if not requests:
            return [], True
        for tag, _ in requests:
            tag.unsettled = None
        codes = await self._outcomes(session, requests)
        if not codes:
            return [], await self.settle(session, requests)
        now = self._clock.monotonic()
        again, done = [], []
        for (tag, request), code in zip(requests, codes, strict=True):
            is_bad = severity(code) is Severity.BAD
            other = tag.instead(request, code) if is_bad else None
            if other is not None:
                again.append((tag, other))
                continue
            tag.judge(code, request, now)
            done.append((tag, request))
            self._counts.refused += is_bad and request.Value.Value is not NULL
            self._counts.written += not is_bad
        await self._verify(session, done)
        return again, True

    async def _verify(self, session: PlcSession, written: Requests) -> None:
        """Hold what the tags have now against what was written, where that is wanted."""
        wanted = [
            (tag, request)
            for tag, request in written
            if tag.binding.read_back and severity(tag.status) is Severity.GOOD
        ]
        if not wanted:
            return
        try:
            found = await self._held(session, wanted)
        except (RequestTimedOut, ServiceFault):
            return
        for (tag, _), (is_held, held) in zip(wanted, found, strict=True):
            if not is_held:
                self._counts.differing += 1
                tag.doubt(held, "the PLC took the write")

    @staticmethod
    async def _held(session: PlcSession, requests: Requests) -> list[tuple[bool, object]]:
        return await read_back(session, requests)

    async def _outcomes(self, session: PlcSession, requests: Requests) -> Sequence[int]:
        """The StatusCodes; empty where the outcome is unknown: then nothing is sent again."""
        try:
            whole = await whole_writes(session, requests)
        except RequestTimedOut:
            return [StatusCodes.BadTimeout] * len(requests)  # nothing has been written yet
        except ServiceFault as fault:
            return [fault.code] * len(requests)
        try:
            return whole.codes_of_each(await session.write(whole.writes))
        except RequestTimedOut:
            self._leave_unsettled(requests)
            return ()  # whether the PLC is gone is judged by its silence, not by one slow write
        except ServiceFault as fault:
            return [fault.code] * len(requests)
        except (SessionFailed, asyncio.CancelledError):
            self._leave_unsettled(requests)
            raise

    def _leave_unsettled(self, requests: Requests) -> None:
        self._counts.unknown += len(requests)
        for tag, request in requests:
            tag.unsettled = request
