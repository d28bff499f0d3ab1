"""Whose turn it is: work for clients in small pieces, so that who sends much holds up nobody else.

Start-time fair queuing: each flow has a tag that grows by the time spent on it, and the smallest tag comes
first. A flow that was idle starts at the tag of the present one, however much the others have sent. Flows
that take less than 3 % of the time come before all others, those of one user with 40 % together at most, and
while nobody waits, nothing is queued. The flows of one user share what one flow would get, if others wait as
well.

Time spent is processor time: a piece that other programs or threads interrupted costs no more for that.

Source: P. Goyal, H. M. Vin, H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from heapq import heappop, heappush
from time import perf_counter, thread_time
from types import coroutine
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.opcua.trust.ground.breathing_room import PRESENCE_S, BreathingRoom
from opcua_ml.opcua.trust.ground.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    from opcua_ml.opcua.trust.ground.flow import Flow

QUANTUM_S: Final = 0.00025
"""Work that one run of the event loop takes on before it looks at its sockets and timers again."""
_ALONE_S: Final = 2 * QUANTUM_S
"""Likewise while nobody waits: then little comes in between, and waiting costs more than the work."""
_UNNOTICED_S: Final = _ALONE_S / 4
"""Work after which a run of the loop is asked for; for less, it would cost more than the work."""
_FOR_THE_FIRST_S: Final = 2 * QUANTUM_S
"""Work of those who come before all others that one run of the loop takes on."""
_IN_PASSING_S: Final = 4 * QUANTUM_S
"""Requests that are answered while their bytes are at hand, of those who come first: a tenth of a millisecond
each, and queuing one costs more than that and two runs of the loop."""
_GLANCE_AFTER_S: Final = QUANTUM_S / 2
"""So soon after the sockets were looked at nobody is likely to have asked for something."""
_STARVED_S: Final = 0.05
"""Whoever has waited so long comes up once a run, however many come before it."""
_STRETCH_S: Final = 0.002
_REST_S: Final = 0.002
"""So much work without a rest, and so long a rest, while threads that give way have something to do: that is
soon over then. As long as it is not, the kernel gives them a tick of a busy processor again and again."""
_MEMORY: Final = 8
_MOST_TIMES: Final = 20.0


def _call_up(called: asyncio.Future[None]) -> None:
    if not called.done():
        called.set_result(None)


def _nobody_waits() -> bool:
    return False


class Turns:
    """One per server.

    Args:
        clock: seconds.
        processor_clock: seconds of processor time of this thread.

    Attributes:
        room: what suspects leave.
        threads_wait: whether threads have work that run only where nobody else wants the processor. Then half
            of the time is theirs; clients who come first are served meanwhile, as this thread takes the
            processor back at once.
        look_at_sockets: serves who has asked for little meanwhile, and says whether there was anybody.
    """

    def __init__(
        self, clock: Callable[[], float] = perf_counter, processor_clock: Callable[[], float] = thread_time
    ) -> None:
        self._clock = clock
        self._processor_clock = processor_clock
        self._first: deque[Turn] = deque()
        self._queue: list[tuple[float, int, Turn]] = []
        self._held: list[tuple[float, int, Turn]] = []
        self._resting: asyncio.TimerHandle | None = None
        self.room = BreathingRoom()
        self.threads_wait: Callable[[], bool] = _nobody_waits
        self.look_at_sockets: Callable[[], bool] = _nobody_waits
        self._looked = 0.0
        self._worked = 0.0
        self._away: asyncio.TimerHandle | None = None
        self._count = 0
        self._now = self._latest = 0.0
        self._spent = 0.0
        self._spent_first = 0.0
        self._passed = 0.0
        self._excused = 0.0
        self._glanced = 0.0
        self._piece_began = 0.0
        self._present: Flow | None = None
        self._armed = False

    def __len__(self) -> int:
        return len(self._queue) + len(self._first) + len(self._held)

    @property
    def free(self) -> bool:
        """Whether work may be done at once: nobody waits, and this run of the loop has time left."""
        return not self._queue and not self._first and self._spent < _ALONE_S

    def may_go(self, flow: Flow) -> bool:
        """Whether the flow need not wait: those who come first do when this run has done much for them.

        What it has done for others does not count: that is over, and waiting makes it no shorter.
        """
        now = self._clock()
        if self.free and not (flow.is_suspect and (self._held or self.room.rest(now))):
            return True
        return self._spent_first < _FOR_THE_FIRST_S and flow.is_light(now)

    def may_pass(self, flow: Flow) -> bool:
        """Whether a request may be answered while its bytes are at hand, as what comes again is."""
        return (self.free and not flow.is_suspect) or (
            self._passed < _IN_PASSING_S and flow.is_light(self._clock())
        )

    def passed(self, flow: Flow, seconds: float) -> None:
        """Put such an answer to the flow's account; what took longer than it may was interrupted."""
        seconds = min(seconds, QUANTUM_S)
        self._passed += seconds
        flow.begin()
        self.spend(flow, seconds)

    def logged_in(self, seconds: float) -> None:
        """A handshake that took so long has ended in a session: it was no suspect's."""
        self.room.give_back(seconds, self._clock())

    async def come(self, flow: Flow) -> float:
        """Wait for the flow's turn; returns what `measured` has to be told as charged already.

        A flow that asked for little lately does not wait.
        """
        return 0.0 if self.may_go(flow) else await self._called_up(flow)

    async def again(self, flow: Flow) -> float:
        """Wait for the next turn of a flow that has just had one, however little it asked for before."""
        return await self._called_up(flow)

    async def pause(self, flow: Flow) -> None:
        """Between two parts of one piece of measured work: after a quantum of it, let others go first."""
        self.glance()
        if self._clock() - self._piece_began >= QUANTUM_S:
            flow.tag -= await self._called_up(flow)

    async def breathe(self) -> None:
        """The same, whoever's piece is under way; the server's own work lets the loop go round once."""
        if self._present is None:
            await asyncio.sleep(0)
            self.glance()
        else:
            await self.pause(self._present)

    def run(self, flow: Flow, work: Callable[[], object]) -> Turn | None:
        """Do this at once if nobody waits; else its turn, which can be cancelled."""
        if not self.may_go(flow):
            return self.later(flow, work)
        self._do(flow, work, 0.0)
        return None

    def later(self, flow: Flow, work: Callable[[], object]) -> Turn:
        """Do this when the loop has been round and it is the flow's turn."""
        turn = self._enqueue(flow)
        turn.work = partial(self._do, flow, work, turn.charged)
        return turn

    def spend(self, flow: Flow, seconds: float, charged: float = 0.0, excused: float = 0.0) -> None:
        """Put what a piece took to the flow's account, less what was put there when it was queued.

        A piece longer than the quantum counts as many times over as it is longer, up to twenty times: nobody
        gets in between, and so its flow is made to wait until such pieces are too rare to be felt by others.
        """
        now = self._clock()
        self._spent += seconds
        self._worked += seconds
        flow.lasts += (seconds - flow.lasts) / _MEMORY
        if flow.spend(seconds - excused, now):
            self._spent_first += seconds
            if not flow.stranger:
                self.room.present_until = now + PRESENCE_S
        seconds -= excused
        if flow.is_suspect:
            self.room.took(seconds, now)
        expected = flow.cost
        flow.cost += (seconds - expected) / _MEMORY
        if seconds > QUANTUM_S:
            seconds *= min(seconds / QUANTUM_S, _MOST_TIMES)
        flow.tag = max(flow.tag, self._now) + seconds * (flow.account.waiting or 1) - charged
        if charged:
            flow.over += max(0.0, seconds - expected)
        self._latest = max(self._latest, flow.tag)
        if self._queue or self._first or self._spent >= _UNNOTICED_S:
            self._arm()

    def glance(self) -> None:
        """Between two steps, or in the middle of one where all is in order: answer who asks for little.

        What that takes is not put to the account of the step.
        """
        now = self._clock()
        if now - self._looked < _GLANCE_AFTER_S:
            return
        begun = self._processor_clock()
        if self.look_at_sockets():
            self._glanced += self._processor_clock() - begun
            now = self._clock()
        self._looked = now

    def excuse(self, seconds: float) -> None:
        """So much of the present piece was done for others, who pay when they are sent what it led to."""
        self._excused += seconds

    @coroutine
    def measured(
        self,
        flow: Flow,
        work: Coroutine[Any, Any, Any],
        charged: float = 0.0,
        took: Callable[[float], None] | None = None,
    ) -> Generator[Any, Any, Any]:
        """Await `work`, put every step of it, but not its waiting, to the flow's account, and tell `took`."""
        flow.tag -= charged
        thrown: BaseException | None = None
        while True:
            self.glance()
            self._piece_began, self._excused = self._clock(), 0.0
            self._present = flow
            begun, glanced = self._processor_clock(), self._glanced
            try:
                waited_for = work.send(None) if thrown is None else work.throw(thrown)
            except StopIteration as end:
                return end.value
            finally:
                self._present = None
                seconds = self._processor_clock() - begun - (self._glanced - glanced)
                self.spend(flow, seconds, excused=self._excused)
                if took is not None:
                    took(seconds - self._excused)
            thrown = None
            try:
                yield waited_for
            except BaseException as error:  # noqa: BLE001 - what is thrown in, cancelling too, is for the work
                thrown = error

    async def _called_up(self, flow: Flow) -> float:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = self._enqueue(flow)
        turn.work = partial(_call_up, called)
        try:
            await called
        except asyncio.CancelledError:
            turn.cancel()
            raise
        return turn.charged

    def _do(self, flow: Flow, work: Callable[[], object], charged: float) -> None:
        self.glance()
        begun, excused, glanced = self._processor_clock(), self._excused, self._glanced
        try:
            work()
        finally:
            seconds = self._processor_clock() - begun - (self._glanced - glanced)
            self.spend(flow, seconds, charged, self._excused - excused)

    def _enqueue(self, flow: Flow) -> Turn:
        now = self._clock()
        flow.queue()
        if flow.is_light(now):
            turn = Turn(flow, 0.0, now)
            self._first.append(turn)
        else:
            start = max(flow.tag, self._now)
            turn = Turn(flow, flow.cost * flow.account.waiting, now)
            flow.tag = start + turn.charged
            self._count += 1
            heappush(self._queue, (start, self._count, turn))
        self._arm()
        return turn

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Once in a run of the loop: call up as many as there is time for, one at least.

        After a run that had much to do for those who come first, of the others only who has waited long.
        """
        self._armed = False
        self._looked = self._clock()
        was_long = self._spent_first >= _FOR_THE_FIRST_S
        self._spent = self._spent_first = self._passed = 0.0
        first, queue = self._first, self._queue
        while first and self._spent_first < _FOR_THE_FIRST_S:
            turn = first.popleft()
            if self._take(turn):
                self._spent_first = max(self._spent_first, self._spent)
        self._let_a_suspect_in()
        is_away = bool(queue) and self._leaves_the_processor()
        if not is_away:
            self._call_up_others(only_starved=was_long)
        if first or (queue and not is_away):
            self._arm()
        elif not queue:
            # While nobody waits, nobody falls behind: who comes next starts level with all.
            self._now = self._latest
            self._rest()

    def _call_up_others(self, *, only_starved: bool) -> None:
        """Those who wait in the queue, as many as there is time for in this run."""
        queue = self._queue
        while queue and (
            (self._spent < QUANTUM_S and not only_starved) or self._clock() - queue[0][2].since > _STARVED_S
        ):
            start, number, turn = heappop(queue)
            if turn.flow.is_suspect and turn.work is not None and self.room.rest(self._clock()):
                heappush(self._held, (start, number, turn))
                continue
            late = turn.flow.over - turn.over
            if turn.work is not None and late > 0:
                # The pieces before it took longer than expected: it moves back by as much.
                turn.over = turn.flow.over
                self._count += 1
                heappush(queue, (start + late, self._count, turn))
                continue
            if turn.work is not None:
                self._now = max(self._now, start)
            if self._take(turn) and self._spent >= QUANTUM_S:
                break

    def _leaves_the_processor(self) -> bool:
        """Whether threads that give way have their share of the time now."""
        if self._away is None and self._worked >= _STRETCH_S and self.threads_wait():
            self._away = asyncio.get_running_loop().call_later(_REST_S, self._back)
        return self._away is not None

    def _back(self) -> None:
        self._away, self._worked = None, 0.0
        self._arm()

    def _let_a_suspect_in(self) -> None:
        """The first of those who were held, if it is time."""
        now = self._clock()
        if self._held and not self.room.rest(now):
            start, number, turn = heappop(self._held)
            turn.since = now
            heappush(self._queue, (start, number, turn))

    def _rest(self) -> None:
        """Nobody but suspects waits: do nothing until one of them may come in."""
        if self._held and self._resting is None:
            rest = self.room.rest(self._clock())
            self._resting = asyncio.get_running_loop().call_later(rest, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._arm()

    def _take(self, turn: Turn) -> bool:
        """Call one up; False if it was cancelled."""
        turn.flow.leave()
        if turn.work is None:
            turn.flow.tag -= turn.charged
            return False
        before = self._spent
        turn.work()
        # A task that was called up does its piece after this, and tells then what it took.
        self._spent = max(self._spent, before + turn.expected)
        return True
