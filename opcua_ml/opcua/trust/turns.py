"""Whose turn it is: work for clients in small pieces, so that who sends much holds up nobody else.

Start-time fair queuing: each flow has a tag that grows by the time spent on it, and the smallest tag comes
first. A flow that was idle starts at the tag of the present one, however much the others have sent. Flows
that take less than 3 % of the time do not wait at all, and while nobody waits, nothing is queued.

Source: P. Goyal, H. M. Vin, H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996.
"""

from __future__ import annotations

import asyncio
from functools import partial
from heapq import heappop, heappush
from time import perf_counter
from types import coroutine
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

QUANTUM_S: Final = 0.0005
"""Work that one run of the event loop takes on before it looks at its sockets and timers again."""
_UNNOTICED_S: Final = QUANTUM_S / 4
"""Work after which a run of the loop is asked for; for less, it would cost more than the work."""
_FIRST_GUESS_S: Final = 0.0003
_LIGHT_SHARE: Final = 0.03
_MOST_CREDIT_S: Final = 0.02
_MEMORY: Final = 8
_MOST_TIMES: Final = 20.0


class Flow:
    """What shares one place in the queue: a client, or all of an address who have not logged in.

    Attributes:
        tag: virtual time in seconds at which its next piece starts.
        cost: seconds that a piece of it usually takes.
        over: seconds by which its pieces took longer than they were expected to, in sum.
    """

    __slots__ = ("_credit", "_seen", "cost", "over", "tag")

    def __init__(self) -> None:
        self.tag = 0.0
        self.cost = _FIRST_GUESS_S
        self.over = 0.0
        self._credit = _MOST_CREDIT_S
        self._seen = 0.0

    def is_light(self, now: float) -> bool:
        """Whether it asked for so little lately that it need not wait."""
        return self._credit + _LIGHT_SHARE * (now - self._seen) > 0

    def spend(self, seconds: float, now: float) -> None:
        """Take it from its credit, which fills up again with time."""
        filled = self._credit + _LIGHT_SHARE * (now - self._seen)
        self._credit = max(min(filled, _MOST_CREDIT_S) - seconds, -_MOST_CREDIT_S)
        self._seen = now


class Turn:
    """A place in the queue.

    Attributes:
        flow: whose.
        expected: seconds that were put to the flow's account when it was queued.
        over: what its flow had taken beyond expectation when it was queued.
        work: what is done when it comes up; None where it was cancelled.
    """

    __slots__ = ("expected", "flow", "over", "work")

    def __init__(self, flow: Flow, expected: float) -> None:
        self.flow = flow
        self.expected = expected
        self.over = flow.over
        self.work: Callable[[], object] | None = None

    def cancel(self) -> None:
        """It will not come up."""
        self.work = None


def _call_up(called: asyncio.Future[None]) -> None:
    if not called.done():
        called.set_result(None)


class Turns:
    """One per server.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._queue: list[tuple[float, int, Turn]] = []
        self._count = 0
        self._now = self._latest = 0.0
        self._spent = 0.0
        self._armed = False

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def free(self) -> bool:
        """Whether work may be done at once: nobody waits, and this run of the loop has time left."""
        return not self._queue and self._spent < QUANTUM_S

    def may_go(self, flow: Flow) -> bool:
        """Whether the flow need not wait."""
        return self.free or flow.is_light(self._clock())

    async def come(self, flow: Flow) -> float:
        """Wait for the flow's turn; returns what `spend` has to be told as expected.

        A flow that asked for little lately does not wait.
        """
        if self.may_go(flow):
            return 0.0
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = self._enqueue(flow)
        turn.work = partial(_call_up, called)
        try:
            await called
        except asyncio.CancelledError:
            turn.cancel()
            raise
        return turn.expected

    def run(self, flow: Flow, work: Callable[[], object]) -> Turn | None:
        """Do this at once if nobody waits; else its turn, which can be cancelled."""
        if not self.may_go(flow):
            return self.later(flow, work)
        self._do(flow, work, 0.0)
        return None

    def later(self, flow: Flow, work: Callable[[], object]) -> Turn:
        """Do this when the loop has been round and it is the flow's turn."""
        turn = self._enqueue(flow)
        turn.work = partial(self._do, flow, work, turn.expected)
        return turn

    def spend(self, flow: Flow, seconds: float, expected: float = 0.0) -> None:
        """Put what a piece took to the flow's account, less what was put there when it was queued.

        A piece longer than the quantum counts as many times over as it is longer, up to twenty times: nobody
        gets in between, and so its flow is made to wait until such pieces are too rare to be felt by others.
        """
        self._spent += seconds
        if seconds > QUANTUM_S:
            seconds *= min(seconds / QUANTUM_S, _MOST_TIMES)
        flow.spend(seconds, self._clock())
        flow.tag = max(flow.tag, self._now) + seconds - expected
        if expected:
            flow.over += max(0.0, seconds - expected)
        flow.cost += (seconds - flow.cost) / _MEMORY
        self._latest = max(self._latest, flow.tag)
        if self._queue or self._spent >= _UNNOTICED_S:
            self._arm()

    @coroutine
    def measured(
        self, flow: Flow, work: Coroutine[Any, Any, Any], expected: float = 0.0
    ) -> Generator[Any, Any, Any]:
        """Await `work`, and put every step of it, but not its waiting, to the flow's account."""
        flow.tag -= expected
        thrown: BaseException | None = None
        while True:
            begun = self._clock()
            try:
                waited_for = work.send(None) if thrown is None else work.throw(thrown)
            except StopIteration as end:
                return end.value
            finally:
                self.spend(flow, self._clock() - begun)
            thrown = None
            try:
                yield waited_for
            except BaseException as error:  # noqa: BLE001 - what is thrown in, cancelling too, is for the work
                thrown = error

    def _do(self, flow: Flow, work: Callable[[], object], expected: float) -> None:
        begun = self._clock()
        try:
            work()
        finally:
            self.spend(flow, self._clock() - begun, expected)

    def _enqueue(self, flow: Flow) -> Turn:
        start = max(flow.tag, self._now)
        flow.tag = start + flow.cost
        turn = Turn(flow, flow.cost)
        self._count += 1
        heappush(self._queue, (start, self._count, turn))
        self._arm()
        return turn

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Once in a run of the loop: call up as many as there is time for, one at least."""
        self._armed = False
        self._spent = 0.0
        queue = self._queue
        while queue and self._spent < QUANTUM_S:
            start, _, turn = heappop(queue)
            work = turn.work
            if work is None:
                turn.flow.tag -= turn.expected
                continue
            late = turn.flow.over - turn.over
            if late > 0:
                # The pieces before it took longer than expected: it moves back by as much.
                turn.over = turn.flow.over
                self._count += 1
                heappush(queue, (start + late, self._count, turn))
                continue
            self._now = max(self._now, start)
            before = self._spent
            work()
            # A task that was called up does its piece after this, and tells then what it took.
            self._spent = max(self._spent, before + turn.expected)
        if queue:
            self._arm()
        else:
            # While nobody waits, nobody falls behind: who comes next starts level with all.
            self._now = self._latest
