"""Who sends much does not hold up who sends little."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from time import perf_counter

import pytest

from opcua_ml.opcua.trust.ground.breathing_room import BURST_S
from opcua_ml.opcua.trust.ground.flow import Account, Flow
from opcua_ml.opcua.trust.ground.turns import QUANTUM_S, Turns


class Clock:
    """Seconds that pass while there is work, and not otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def busy(self, seconds: float) -> None:
        """Work that takes so long."""
        self.now += seconds


def spent(turns: Turns, *flows: Flow) -> None:
    """Let the flows have used up what one may take without waiting."""
    for _ in range(100):
        for flow in flows:
            turns.spend(flow, QUANTUM_S / 2)


async def idle(turns: Turns) -> None:
    """Let the queue run empty."""
    async with asyncio.timeout(5):
        while len(turns):  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


async def test_nobody_waits_while_there_is_no_work() -> None:
    """A turn is had at once, without going round the loop."""
    turns, done = Turns(), []
    assert turns.run(Flow(), lambda: done.append("at once")) is None
    assert done == ["at once"]
    assert await turns.come(Flow()) == 0.0


async def test_one_run_of_the_loop_takes_on_one_quantum() -> None:
    """Twenty clients with long work: the loop looks at its sockets between each two of them."""
    clock = Clock()
    turns, flows = Turns(clock, clock), [Flow() for _ in range(20)]
    spent(turns, *flows)
    rounds: list[int] = []
    count = 0

    async def loop_goes_round() -> None:
        nonlocal count
        while len(rounds) < len(flows):
            count += 1
            await asyncio.sleep(0)

    def piece() -> None:
        clock.busy(QUANTUM_S)
        rounds.append(count)

    for flow in flows:
        turns.later(flow, piece)
    await asyncio.wait_for(loop_goes_round(), 5)
    assert len(set(rounds)) == len(flows)


async def test_a_client_that_asks_for_little_does_not_wait() -> None:
    """A hundred pieces of another one are queued before it."""
    turns, heavy, done = Turns(), Flow(), []
    spent(turns, heavy)
    await asyncio.sleep(0)
    for _ in range(100):
        turns.later(heavy, lambda: done.append("heavy"))
    turns.run(Flow(), lambda: done.append("light"))
    assert done == ["light"]


async def test_clients_that_ask_for_little_share_a_run_of_the_loop_too() -> None:
    """Fifty at once: after a millisecond the loop looks at its sockets, and goes on in their order."""
    clock = Clock()
    turns, rounds = Turns(clock, clock), [0]
    done: list[tuple[int, int]] = []

    def piece(number: int) -> None:
        clock.busy(QUANTUM_S / 2)
        done.append((number, rounds[0]))

    for number in range(50):
        turns.run(Flow(), partial(piece, number))
    async with asyncio.timeout(5):
        while len(done) < 50:
            rounds[0] += 1
            await asyncio.sleep(0)
    assert [number for number, _ in done] == list(range(50))
    assert max(Counter(at for _, at in done).values()) <= 4
    assert rounds[0] < 30


async def test_long_work_of_others_in_the_same_run_makes_nobody_wait_who_asks_for_little() -> None:
    """It is over when the small request is seen: to queue that would put the next long piece before it."""
    clock = Clock()
    turns, heavy, done = Turns(clock, clock), Flow(), []
    spent(turns, heavy)
    for _ in range(3):
        turns.later(heavy, lambda: clock.busy(4 * QUANTUM_S))
    await asyncio.sleep(0)
    turns.run(Flow(), lambda: done.append("light"))
    assert len(turns)
    assert done == ["light"]


async def test_an_answer_in_passing_does_not_wait_for_others_that_come_first() -> None:
    """Their requests may be long; but a hundred short answers are not given in one run of the loop."""
    clock = Clock()
    turns, one = Turns(clock, clock), Flow()
    turns.run(Flow(), lambda: clock.busy(4 * QUANTUM_S))
    turns.later(Flow(), lambda: None)
    assert not turns.may_go(one)
    passed = 0
    while turns.may_pass(one):
        turns.passed(Flow(), 0.4 * QUANTUM_S)
        passed += 1
    assert 5 <= passed <= 20
    await idle(turns)
    assert turns.may_pass(one)


async def test_heavy_clients_share_the_time_whatever_they_queue() -> None:
    """One queues ten times as much as the other; halfway, both have had the same time."""
    clock = Clock()
    turns, greedy, modest = Turns(clock, clock), Flow(), Flow()
    spent(turns, greedy, modest)
    shares = {"greedy": 0, "modest": 0}
    finished = asyncio.Event()

    def piece(name: str) -> None:
        clock.busy(QUANTUM_S / 5)
        shares[name] += 1
        if shares["modest"] == 20:
            finished.set()

    for _ in range(200):
        turns.later(greedy, lambda: piece("greedy"))
    for _ in range(20):
        turns.later(modest, lambda: piece("modest"))
    halfway = 0

    async def watch() -> None:
        nonlocal halfway
        await finished.wait()
        halfway = shares["greedy"]

    await asyncio.wait_for(watch(), 5)
    assert halfway < 60
    await idle(turns)


async def test_long_pieces_become_rare() -> None:
    """A piece ten times the quantum counts a hundred quanta: the others get more than its share."""
    clock = Clock()
    turns, long, short = Turns(clock, clock), Flow(), Flow()
    spent(turns, long, short)
    order: list[str] = []

    def piece(name: str, seconds: float) -> None:
        clock.busy(seconds)
        order.append(name)

    for _ in range(5):
        turns.later(long, lambda: piece("long", 10 * QUANTUM_S))
    for _ in range(60):
        turns.later(short, lambda: piece("short", QUANTUM_S / 2))
    async with asyncio.timeout(5):
        while order.count("short") < 60:  # noqa: ASYNC110 - each round of the loop is looked at
            await asyncio.sleep(0)
    assert order.count("long") <= 2


async def test_a_cancelled_turn_is_not_taken() -> None:
    """Nor does it cost its flow anything."""
    turns, flow, done = Turns(), Flow(), []
    spent(turns, flow)
    before = flow.tag
    turn = turns.later(flow, lambda: done.append("never"))
    assert flow.tag > before
    turn.cancel()
    await idle(turns)
    assert done == []
    assert flow.tag == pytest.approx(before)


async def test_a_task_that_is_cancelled_while_it_waits_gives_up_its_turn() -> None:
    """The queue goes on without it."""
    clock = Clock()
    turns, flow, other = Turns(clock, clock), Flow(), Flow()
    spent(turns, flow, other)
    for _ in range(3):
        turns.later(other, lambda: clock.busy(QUANTUM_S))
    waiting = asyncio.create_task(turns.come(flow))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await idle(turns)


async def test_only_work_is_put_to_the_account_not_waiting() -> None:
    """A service that waits long for something else costs its client nothing meanwhile."""
    turns, flow = Turns(), Flow()

    async def service() -> str:
        await asyncio.sleep(0.05)
        return "done"

    assert await turns.measured(flow, service()) == "done"
    assert flow.tag < 0.02


async def test_what_is_thrown_into_measured_work_reaches_it() -> None:
    """Cancelling too."""
    turns, seen = Turns(), []

    async def service() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.create_task(turns.measured(Flow(), service()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_a_long_piece_lets_others_go_first() -> None:
    """A request of a thousand operations pauses between them: a cheap one is served meanwhile."""
    clock = Clock()
    turns, long, done = Turns(clock, clock), Flow(), []

    async def request() -> None:
        for _ in range(10):
            clock.busy(QUANTUM_S)
            await turns.pause(long)
        done.append("long")

    async def cheap() -> None:
        flow = Flow()
        turns.run(flow, lambda: done.append("cheap"))

    task = asyncio.create_task(turns.measured(long, request()))
    await asyncio.sleep(0)
    await asyncio.create_task(cheap())
    async with asyncio.timeout(5):
        await task
    assert done == ["cheap", "long"]


async def test_a_short_piece_does_not_pause() -> None:
    """Going round the loop would cost more than it helps."""
    turns, flow = Turns(), Flow()

    async def request() -> bool:
        await turns.pause(flow)
        return bool(len(turns))

    assert await turns.measured(flow, request()) is False


async def test_clients_of_one_user_share_one_clients_time() -> None:
    """Ten clients of one user and one of another, all with long queues: both users get about as much."""
    clock = Clock()
    turns, many, one = Turns(clock, clock), Account(), Flow(Account())
    flows = [Flow(many) for _ in range(10)]
    spent(turns, one, *flows)
    shares = {"many": 0, "one": 0}

    def piece(name: str) -> None:
        clock.busy(QUANTUM_S / 5)
        shares[name] += 1

    for _ in range(40):
        for flow in flows:
            turns.later(flow, lambda: piece("many"))
    for _ in range(60):
        turns.later(one, lambda: piece("one"))
    async with asyncio.timeout(5):
        while shares["one"] < 60:  # noqa: ASYNC110 - each round of the loop is looked at
            await asyncio.sleep(0)
    assert shares["many"] < 150
    await idle(turns)


async def test_what_was_done_for_others_is_not_put_to_the_account() -> None:
    """A write is told to hundreds of subscribers: they pay when they are sent it, not the writer."""
    clock = Clock()
    turns, flow = Turns(clock, clock), Flow()

    async def write() -> None:
        clock.busy(20 * QUANTUM_S)
        turns.excuse(20 * QUANTUM_S)

    await turns.measured(flow, write())
    assert flow.is_light(clock.now)
    assert flow.tag == pytest.approx(0.0)


async def test_whoever_waits_long_comes_up_whatever_the_others_ask_for() -> None:
    """Clients that come before all others leave one turn in each run of the loop."""
    clock = Clock()
    turns, heavy, done = Turns(clock, clock), Flow(), []
    spent(turns, heavy)
    turns.later(heavy, lambda: done.append("heavy"))

    def again() -> None:
        clock.busy(2 * QUANTUM_S)
        if len(done) < 1:
            turns.later(Flow(), again)

    turns.later(Flow(), again)
    async with asyncio.timeout(5):
        while not done:  # noqa: ASYNC110 - each round of the loop is looked at
            await asyncio.sleep(0)
    assert clock.now < 1.0


async def test_what_is_excused_in_a_short_piece_of_work_is_not_charged() -> None:
    """Such as a run of the collector of garbage: its client is as light as before."""
    clock = Clock()
    turns, flow = Turns(clock, clock), Flow()

    def piece() -> None:
        clock.busy(0.05)
        turns.excuse(0.05)

    turns.run(flow, piece)
    assert flow.is_light(clock())
    assert flow.tag == pytest.approx(0)


async def test_suspects_leave_breathing_room_for_who_asks_for_little() -> None:
    """Beside a client that wants quick answers the server rests after their share, and goes on later."""
    turns, done = Turns(), []
    stranger, light = Flow(stranger=True), Flow()
    turns.run(light, lambda: None)
    turns.spend(stranger, 2 * BURST_S)
    for _ in range(3):
        turns.later(stranger, lambda: done.append(perf_counter()))
    begun = perf_counter()
    async with asyncio.timeout(5):
        while len(done) < 3:
            turns.run(light, lambda: None)
            await asyncio.sleep(0.001)
    assert min(done) - begun > 0.2
    assert len(turns) == 0


async def test_clients_that_are_answered_never_rest() -> None:
    """However much they ask for, and whoever is there: all the time is theirs while suspects rest."""
    clock = Clock()
    turns, heavy, stranger = Turns(clock, clock), Flow(), Flow(stranger=True)
    spent(turns, heavy)
    turns.spend(stranger, 2 * BURST_S)
    shares: Counter[str] = Counter()

    def piece(name: str) -> None:
        clock.busy(QUANTUM_S)
        shares[name] += 1
        turns.run(Flow(), lambda: None)

    for _ in range(200):
        turns.later(stranger, lambda: piece("stranger"))
        turns.later(heavy, lambda: piece("heavy"))
    async with asyncio.timeout(5):
        while shares["heavy"] < 200:  # noqa: ASYNC110 - each round of the loop is looked at
            await asyncio.sleep(0)
    assert shares["stranger"] <= 2
    assert clock.now < 0.2


async def test_without_anybody_who_asks_for_little_suspects_get_all_the_time() -> None:
    """The server is not slower for being suspicious: a fuzzer alone is answered as fast as can be."""
    clock = Clock()
    turns, stranger, done = Turns(clock, clock), Flow(stranger=True), [0]
    turns.spend(stranger, 2 * BURST_S)

    def piece() -> None:
        clock.busy(QUANTUM_S)
        done[0] += 1

    for _ in range(100):
        turns.later(stranger, piece)
    await idle(turns)
    assert done == [100]


async def test_a_piece_breathes_on_its_own_account() -> None:
    """Whoever's work is under way waits for its turn after a quantum of it, and not before."""
    clock = Clock()
    turns, flow = Turns(clock, clock), Flow()
    order: list[str] = []
    spent(turns, flow)

    async def work() -> None:
        await turns.breathe()
        order.append("begun")
        clock.busy(QUANTUM_S)
        await turns.breathe()
        order.append("done")

    piece = asyncio.ensure_future(turns.measured(flow, work()))
    asyncio.get_running_loop().call_soon(order.append, "another")
    await piece
    assert order == ["begun", "another", "done"]


async def test_work_of_the_server_itself_breathes_by_going_round_once() -> None:
    """It is on nobody's account."""
    turns = Turns()
    order: list[str] = []
    asyncio.get_running_loop().call_soon(order.append, "another")
    await turns.breathe()
    order.append("done")
    assert order == ["another", "done"]
    assert not len(turns)


async def test_threads_that_give_way_get_half_of_the_time_while_they_have_work() -> None:
    """Who has much to do waits after each two milliseconds; who asks for little is served meanwhile."""
    clock, begun = Clock(), perf_counter()
    turns, busy, light = Turns(clock, clock), Flow(), Flow()
    spent(turns, busy)
    done: list[str] = []

    def piece() -> None:
        clock.busy(0.001)
        done.append("piece")

    turns.threads_wait = lambda: True
    for _ in range(40):
        turns.later(busy, piece)
    before = -1
    while len(done) != before:
        before = len(done)
        for _ in range(3):
            await asyncio.sleep(0)
    assert before < 40
    turns.later(light, lambda: done.append("light"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert done[before:] == ["light"]
    await idle(turns)
    assert done.count("piece") == 40
    # Forty milliseconds of work.
    assert perf_counter() - begun >= 15 * 0.002


async def test_nobody_rests_where_no_thread_waits() -> None:
    """All is done without a timer."""
    clock = Clock()
    turns, busy = Turns(clock, clock), Flow()
    spent(turns, busy)
    for _ in range(40):
        turns.later(busy, partial(clock.busy, 0.001))
    rounds = 0
    while len(turns):
        rounds += 1
        await asyncio.sleep(0)
    assert rounds < 100


async def test_between_two_steps_those_who_ask_for_little_are_looked_for() -> None:
    """And in the middle of a long one, if some time has passed; what that takes is not the step's to pay."""
    clock = Clock()
    turns, flow = Turns(clock, clock), Flow()
    looks: list[float] = []

    def look() -> bool:
        looks.append(clock.now)
        clock.busy(0.01)
        return True

    turns.look_at_sockets = look

    async def work() -> None:
        clock.busy(QUANTUM_S)
        turns.glance()
        turns.glance()
        clock.busy(QUANTUM_S)

    clock.busy(1.0)
    before = flow.tag
    await turns.measured(flow, work())
    assert len(looks) == 2
    assert flow.tag - before < 0.01


async def test_a_glance_that_finds_nobody_is_the_steps_to_pay() -> None:
    """It takes hardly any time."""
    clock = Clock()
    turns, flow = Turns(clock, clock), Flow()

    def look() -> bool:
        clock.busy(0.001)
        return False

    turns.look_at_sockets = look

    async def work() -> None:
        clock.busy(QUANTUM_S)
        turns.glance()

    await turns.measured(flow, work())
    assert flow.tag >= 0.001


async def test_a_glance_that_was_interrupted_makes_no_step_cost_less_than_nothing() -> None:
    """Another thread had the processor for 4 ms meanwhile; only processor time counts."""
    clock, processor = Clock(), Clock()
    turns, flow = Turns(clock, processor), Flow()

    def work_for(seconds: float) -> None:
        clock.busy(seconds)
        processor.busy(seconds)

    def look() -> bool:
        work_for(0.0001)
        clock.busy(0.004)
        return True

    turns.look_at_sockets = look
    told: list[float] = []

    async def work() -> None:
        work_for(QUANTUM_S)
        turns.glance()

    await turns.measured(flow, work(), took=told.append)
    assert told == pytest.approx([QUANTUM_S])
    assert flow.tag == pytest.approx(QUANTUM_S)
