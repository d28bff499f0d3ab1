"""Password checks off the event loop: few at a time, equal ones once, and none of them for ever.

They run in threads that give way to all others. On a processor that is busy all the time such a thread gets
hardly anything, three thousandths; so what a patient thread has not done in a second is hurried: one
thread that is merely nicer takes it over, which has a tenth of a busy processor. For places from which
somebody seems to guess it does so as often as a hundredth of a processor permits, and a patient thread rests
after each of these, four times as long as it took, half a second at most. The first answer counts.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Final

from opcua_ml.opcua.identity.users.check_queue import Check, CheckQueue, TooManyChecks
from opcua_ml.opcua.identity.users.check_threads import CheckThreads
from opcua_ml.opcua.identity.users.hurry import Hurry
from opcua_ml.thread_priority import give_way, step_back

if TYPE_CHECKING:
    from collections.abc import Callable

AT_A_TIME: Final = max(1, min(2, (os.cpu_count() or 1) - 1))
"""One processor stays with the event loop, however many guess."""
HURRIED_AFTER_S: Final = 1.0
"""A check takes 20 ms where there is any room for it."""
LOOK_S: Final = 0.1
"""Between two looks at whether a check has to be hurried, while there are any."""
REST_TIMES: Final = 4.0
LONGEST_REST_S: Final = 0.5
"""After a guess no other is begun for so many times as long as it took. While one is under way the kernel
gives it a tick of a busy processor each second or so, and the event loop rests for half of the time."""
CLOSING_S: Final = 5.0
"""For which the end waits for checks that run."""


class PasswordChecks:
    """Runs blocking checks in threads; `close` waits for those that run.

    Args:
        patient: threads that give way.
        hurried: a thread that does not.
    """

    def __init__(self, patient: CheckThreads | None = None, hurried: CheckThreads | None = None) -> None:
        self._patient = patient or CheckThreads(AT_A_TIME, give_way)
        self._hurried = hurried or CheckThreads(1, step_back)
        self._queue = CheckQueue()
        self._checks: dict[bytes, Check] = {}
        self._begun: dict[Check, None] = {}
        self._hurry = Hurry()
        self._timer: asyncio.TimerHandle | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._is_closed = False
        self.refused = 0

    @property
    def is_at_work(self) -> bool:
        """Whether a patient thread has one, and gives way to all others for it."""
        return bool(self._begun) and self._patient.gives_way

    async def run(
        self, source: bytes, key: bytes, work: Callable[[], bool], *, doubtful: bool = False
    ) -> bool:
        """What `work` says, computed in a thread; who asks for an equal one meanwhile gets the same answer.

        Args:
            source: where the login comes from.
            key: what is checked, in bytes that tell nothing of it.
            work: blocks.
            doubtful: whether somebody seems to guess there.

        Raises:
            TooManyChecks: too many wait, in sum or for this source, or no more are taken at all.
        """
        check = self._checks.get(key)
        if check is None:
            answer = asyncio.get_running_loop().create_future()
            check = self._taken(Check(key, source, doubtful, work, answer))
        check.waiting += 1
        try:
            return await asyncio.shield(check.answer)
        finally:
            check.waiting -= 1
            if not check.waiting and self._queue.remove(check):
                # Everybody who asked is gone.
                self._answer(check, TooManyChecks())

    async def close(self) -> None:
        """Take no more checks, drop those that wait and wait for those that run, five seconds at most."""
        self._is_closed = True
        for timer in (self._timer, self._resting):
            if timer is not None:
                timer.cancel()
        while (check := self._queue.next()) is not None:
            self._answer(check, TooManyChecks())
        await asyncio.gather(self._patient.close(CLOSING_S), self._hurried.close(CLOSING_S))
        for check in tuple(self._checks.values()):
            self._answer(check, TooManyChecks())

    def _taken(self, check: Check) -> Check:
        dropped = check if self._is_closed else self._queue.add(check)
        if dropped is not None:
            self.refused += 1
            self._answer(dropped, TooManyChecks())
        if dropped is check:
            raise TooManyChecks
        self._checks[check.key] = check
        self._begin()
        return check

    def _begin(self) -> None:
        """Give the patient threads what they have room for."""
        loop = asyncio.get_running_loop()
        while self._patient.free and (check := self._queue.next(doubtful=not self._resting)) is not None:
            check.begun = loop.time()
            self._begun[check] = None
            self._patient.run(check.work, partial(self._done, check))
        if self._begun and self._timer is None and not self._is_closed:
            self._timer = loop.call_later(LOOK_S, self._look)

    def _done(self, check: Check, result: bool | BaseException, _took: float) -> None:
        self._begun.pop(check)
        if check.doubtful and not self._is_closed:
            self._rest(check)
        self._answer(check, result)
        self._begin()

    def _rest(self, check: Check) -> None:
        """Begin no guess for a while after this one."""
        loop = asyncio.get_running_loop()
        assert check.begun is not None, "it has run"  # noqa: S101 - a thread had it
        until = loop.time() + min(REST_TIMES * (loop.time() - check.begun), LONGEST_REST_S)
        if self._resting is not None:
            until = max(until, self._resting.when())
            self._resting.cancel()
        self._resting = loop.call_at(until, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._begin()

    def _hurried_done(self, check: Check, result: bool | BaseException, took: float) -> None:
        if check.doubtful:
            self._hurry.took(took, asyncio.get_running_loop().time())
        self._answer(check, result)
        self._hurry_one()

    def _answer(self, check: Check, result: bool | BaseException) -> None:
        """The first answer counts; a later one, of the other thread, is that of a check which is over."""
        if check.answer.done():
            return
        self._checks.pop(check.key, None)
        if not check.waiting:
            check.answer.cancel()
        elif isinstance(result, BaseException):
            check.answer.set_exception(result)
        else:
            check.answer.set_result(result)

    def _look(self) -> None:
        """Hurry one check if it is time, and look again while there are any."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LOOK_S, self._look) if self._begun else None
        if self._patient.gives_way and self._hurried.free:
            self._hurry_one()

    def _hurry_one(self) -> None:
        if self._is_closed:
            return
        now = asyncio.get_running_loop().time()
        check = self._late(now, doubtful=False)
        if check is None and self._hurry.permits(now):
            check = self._late(now, doubtful=True)
        if check is not None:
            check.hurried = True
            self._hurried.run(check.work, partial(self._hurried_done, check))

    def _late(self, now: float, *, doubtful: bool) -> Check | None:
        """The first that should be done by now; where all threads are held up like that, one that waits."""
        late = [check for check in self._begun if now - (check.begun or 0.0) >= HURRIED_AFTER_S]
        for check in late:
            if check.waiting and not check.hurried and check.doubtful <= doubtful:
                return check
        if self._patient.free or len(late) < len(self._begun):
            return None
        return self._queue.next(doubtful=doubtful)
