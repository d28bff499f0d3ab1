"""Which check of a password runs when: patiently, hurried, once for many, or not at all."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.users import check_queue
from opcua_ml.opcua.identity.users.check_queue import TooManyChecks
from opcua_ml.opcua.identity.users.check_threads import CheckThreads
from opcua_ml.opcua.identity.users.hurry import BURST_S, SHARE
from opcua_ml.opcua.identity.users.password_check import (
    HURRIED_AFTER_S,
    LONGEST_REST_S,
    LOOK_S,
    PasswordChecks,
)
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

COST_S = 0.02
"""Processor time of one check."""


class HandThreads(CheckThreads):
    """Threads whose checks end when the test says so."""

    def __init__(self, most: int, *, gives_way: bool) -> None:
        super().__init__(most, lambda: gives_way)
        self.gives_way = gives_way
        self.running: list[tuple[Callable[[], bool], Any]] = []
        self.begun: list[float] = []

    @property
    def free(self) -> bool:
        """Whether a check would run at once."""
        return self._busy < self._most

    def run(self, work: Callable[[], bool], done: Any) -> None:
        """Keep it."""
        self._busy += 1
        self.running.append((work, done))
        self.begun.append(asyncio.get_running_loop().time())

    def end(self, took: float = COST_S) -> None:
        """The first of those that run is done."""
        work, done = self.running.pop(0)
        self._ended(done, work(), took)


async def settle() -> None:
    """Whoever has an answer has got it."""
    for _ in range(5):
        await asyncio.sleep(0)


class Stage:
    """Checks with such threads; asked for by a number, of which the even ones are right passwords."""

    def __init__(self, *, patient: int = 2, gives_way: bool = True) -> None:
        self.patient = HandThreads(patient, gives_way=gives_way)
        self.hurried = HandThreads(1, gives_way=False)
        self.checks = PasswordChecks(self.patient, self.hurried)
        self.worked: list[int] = []

    def ask(self, number: int, source: bytes = b"here", *, doubtful: bool = False) -> asyncio.Task[bool]:
        """One login."""

        def work() -> bool:
            self.worked.append(number)
            return number % 2 == 0

        return asyncio.ensure_future(self.checks.run(source, b"%d" % number, work, doubtful=doubtful))


def in_virtual_time(story: Coroutine[Any, Any, None]) -> None:
    """Run it where waiting takes no time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story)


def test_a_check_that_patient_threads_do_in_time_is_not_hurried() -> None:
    """The usual case."""

    async def story() -> None:
        stage = Stage()
        login = stage.ask(2)
        await asyncio.sleep(HURRIED_AFTER_S - LOOK_S)
        stage.patient.end()
        assert await login
        await asyncio.sleep(10)
        assert stage.hurried.begun == []
        assert stage.worked == [2]

    in_virtual_time(story())


@pytest.mark.parametrize("first", ["patient", "hurried"])
def test_the_first_answer_counts_and_the_second_does_no_harm(first: str) -> None:
    """A check that a patient thread does not get to is taken over; both end some day, in either order."""

    async def story() -> None:
        stage = Stage()
        login = stage.ask(2)
        await asyncio.sleep(HURRIED_AFTER_S + 2 * LOOK_S)
        assert len(stage.hurried.begun) == 1
        assert HURRIED_AFTER_S <= stage.hurried.begun[0] <= HURRIED_AFTER_S + LOOK_S
        threads = [stage.patient, stage.hurried]
        for one in threads if first == "patient" else reversed(threads):
            one.end()
        assert await login
        again = stage.ask(2)
        await asyncio.sleep(0)
        stage.patient.end()
        assert await again

    in_virtual_time(story())


def test_on_a_busy_processor_the_hurried_thread_does_one_check_after_the_other() -> None:
    """Patient threads get nothing at all here."""

    async def story() -> None:
        stage = Stage()
        logins = [stage.ask(2 * number, b"%d" % number) for number in range(50)]
        for _ in range(200):
            await asyncio.sleep(0.1)
            if stage.hurried.running:
                stage.hurried.end()
        assert all([await login for login in logins])
        assert stage.hurried.begun[-1] < HURRIED_AFTER_S + 50 * 0.1 + 1
        assert sorted(stage.worked) == [2 * number for number in range(50)]

    in_virtual_time(story())


def test_guesses_are_hurried_within_their_share() -> None:
    """Five at once, the others each two seconds."""

    async def story() -> None:
        stage = Stage()
        logins = [stage.ask(2 * number, b"%d" % number, doubtful=True) for number in range(20)]
        for _ in range(400):
            await asyncio.sleep(0.1)
            if stage.hurried.running:
                stage.hurried.end()
        assert all([await login for login in logins])
        begun = stage.hurried.begun
        assert begun[4] < HURRIED_AFTER_S + 5 * (LOOK_S + 0.1)
        assert all(COST_S / SHARE - LOOK_S <= b - a < 3 for a, b in pairwise(begun[6:]))
        assert len(begun) * COST_S <= BURST_S + COST_S + SHARE * begun[-1]

    in_virtual_time(story())


@pytest.mark.parametrize("busy", [False, True])
def test_guesses_wait_for_those_who_do_not_guess(busy: bool) -> None:
    """Whether patient threads get on or not."""

    async def story() -> None:
        stage = Stage(patient=1)
        guesses = [stage.ask(2 * number, b"%d" % number, doubtful=True) for number in range(1, 20)]
        await asyncio.sleep(HURRIED_AFTER_S - LOOK_S)
        stations = [stage.ask(200 + 2 * number) for number in range(5)]
        threads = stage.hurried if busy else stage.patient
        await asyncio.sleep(2 * LOOK_S if busy else 0.01)
        for _ in range(6):
            threads.end()
            await settle()
        assert [login.done() for login in stations] == [True] * 5
        assert sum(guess.done() for guess in guesses) == 1
        for guess in guesses:
            guess.cancel()

    in_virtual_time(story())


def test_where_threads_have_shares_of_their_own_nothing_is_hurried() -> None:
    """On other systems, and where a container forbids the policy."""

    async def story() -> None:
        stage = Stage(gives_way=False)
        login = stage.ask(2)
        await asyncio.sleep(60)
        assert stage.hurried.begun == []
        stage.patient.end()
        assert await login

    in_virtual_time(story())


def test_equal_checks_are_one_check_and_each_who_asked_gets_its_answer() -> None:
    """Two hundred stations of one user come back: one run of argon2."""

    async def story() -> None:
        stage = Stage()
        right = [stage.ask(2, b"%d" % number) for number in range(200)]
        wrong = [stage.ask(3, b"%d" % number) for number in range(3)]
        await asyncio.sleep(0)
        stage.patient.end()
        stage.patient.end()
        assert all(await asyncio.gather(*right))
        assert not any(await asyncio.gather(*wrong))
        assert stage.worked == [2, 3]

    in_virtual_time(story())


def test_a_check_that_nobody_waits_for_any_more_is_not_begun() -> None:
    """Its clients have gone while it waited; of one that runs nobody is told."""

    async def story() -> None:
        stage = Stage(patient=1)
        runs, waits, stays = stage.ask(1), stage.ask(2), stage.ask(4)
        await asyncio.sleep(0)
        for gone in (runs, waits):
            gone.cancel()
        await asyncio.sleep(5)
        assert stage.hurried.running[0][0]() is True
        assert stage.worked == [4], "the first is waited for by nobody, so another one is hurried"
        stage.patient.end()
        stage.hurried.end()
        assert await stays
        assert stage.worked == [4, 1, 4]

    in_virtual_time(story())


def test_sources_come_in_turn() -> None:
    """Who asks for one check does not wait for all of who asked for many."""

    async def story() -> None:
        stage = Stage(patient=1)
        many = [stage.ask(number, b"attacker") for number in range(10)]
        one = stage.ask(100, b"station")
        await asyncio.sleep(0)
        for _ in range(3):
            stage.patient.end()
            await asyncio.sleep(0)
        assert await asyncio.wait_for(one, 1)
        for task in many:
            task.cancel()

    in_virtual_time(story())


def test_who_has_most_waiting_makes_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit of all, the last of the greatest source is refused; past its own, the new one is."""
    monkeypatch.setattr(check_queue, "MOST_WAITING_PER_SOURCE", 4)
    monkeypatch.setattr(check_queue, "MOST_WAITING", 6)

    async def story() -> None:
        stage = Stage(patient=1)
        first = stage.ask(0)
        many = [stage.ask(number, b"attacker") for number in range(1, 7)]
        await settle()
        assert [task.done() for task in many] == [False] * 4 + [True] * 2
        others = [stage.ask(number, b"%d" % number) for number in range(10, 14)]
        await settle()
        assert [task.done() for task in many] == [False] * 2 + [True] * 4
        assert not any(task.done() for task in others)
        last = [stage.ask(20, b"attacker"), stage.ask(21, b"10"), stage.ask(22, b"new")]
        refused = await asyncio.gather(*many[2:], *last[:2], return_exceptions=True)
        assert {type(error) for error in refused} == {TooManyChecks}
        assert stage.checks.refused == 7
        tasks = [first, *many[:2], *others, last[2]]
        while not all(task.done() for task in tasks):
            if stage.patient.running:
                stage.patient.end()
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(result, TooManyChecks) for result in results) == 1

    in_virtual_time(story())


def test_guesses_rest_four_times_as_long_as_they_took() -> None:
    """After each the threads rest from guesses, and begin what nobody doubts at once."""

    async def story() -> None:
        stage = Stage(patient=1)
        logins = [stage.ask(2 * number, b"%d" % number, doubtful=True) for number in range(5)]
        for _ in range(5):
            await asyncio.sleep(0.05)
            stage.patient.end()
            await asyncio.sleep(0.1)
            right = stage.ask(1000, b"known")
            await asyncio.sleep(0)
            stage.patient.end()
            assert await right
            await asyncio.sleep(0.1)
        assert all([await login for login in logins])
        guesses = [
            begun for begun, worked in zip(stage.patient.begun, stage.worked, strict=True) if worked < 1000
        ]
        assert all(later - earlier > 0.24 for earlier, later in pairwise(guesses))

    in_virtual_time(story())


def test_after_a_guess_that_got_no_processor_the_next_one_comes_in_half_a_second() -> None:
    """Somebody behind a guesser's address may have mistyped."""

    async def story() -> None:
        stage = Stage(patient=1)
        first, second = (stage.ask(2 * number, b"%d" % number, doubtful=True) for number in range(2))
        await asyncio.sleep(0.9)
        stage.patient.end()
        await first
        await asyncio.sleep(LONGEST_REST_S + 0.01)
        stage.patient.end()
        assert await second

    in_virtual_time(story())


class Play:
    """A stage and what has happened on it."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.logins: list[tuple[int, asyncio.Task[bool]]] = []

    async def step(self, what: str, number: int) -> None:
        """Someone logs in or goes away, a thread is done, or time passes."""
        if what == "login":
            login = self.stage.ask(number, b"%d" % (number % 3), doubtful=number > 3)
            self.logins.append((number, login))
        elif what == "leave":
            for _, login in self.logins[number : number + 1]:
                login.cancel()
        elif what == "wait":
            await asyncio.sleep(number / 2)
        else:
            self.end(self.stage.patient if what == "patient" else self.stage.hurried)
        await asyncio.sleep(0)

    @staticmethod
    def end(threads: HandThreads) -> None:
        """What runs first, if anything runs."""
        if threads.running:
            threads.end()


_STEPS = st.sampled_from(("login", "login", "leave", "wait", "patient", "hurried"))


@given(st.lists(st.tuples(_STEPS, st.integers(0, 5)), max_size=60))
def test_whatever_happens_each_login_gets_the_answer_of_its_own_password(
    story: list[tuple[str, int]],
) -> None:
    """Logins come, go, wait; threads end late or never: no answer is wrong, none is missing at the end."""

    async def play() -> None:
        told = Play()
        for what, number in story:
            await told.step(what, number)
        for _ in range(200):
            told.end(told.stage.patient)
            told.end(told.stage.hurried)
            await asyncio.sleep(LONGEST_REST_S)
        for number, login in told.logins:
            assert login.done()
            assert login.cancelled() or login.result() is (number % 2 == 0)
        assert not told.stage.checks.is_at_work

    in_virtual_time(play())


# With real threads


async def test_checks_leave_the_loop_free() -> None:
    """The loop turns while a password is checked."""
    checks = PasswordChecks()
    turned = threading.Event()

    async def turn() -> None:
        turned.set()

    async with asyncio.TaskGroup() as group:
        checking = group.create_task(checks.run(b"a", b"1", lambda: turned.wait(30)), name="check")
        group.create_task(turn(), name="turn")
    assert checking.result() is True
    await checks.close()


async def test_what_fails_is_told_to_all_who_wait_for_it() -> None:
    """Not to the event loop's log, and the thread goes on."""
    checks = PasswordChecks()

    def fails() -> bool:
        raise MemoryError

    results = await asyncio.gather(*(checks.run(b"a", b"1", fails) for _ in range(3)), return_exceptions=True)
    assert {type(result) for result in results} == {MemoryError}
    assert await checks.run(b"a", b"2", lambda: True)
    await checks.close()


async def test_the_end_waits_for_checks_that_run_and_refuses_those_that_wait() -> None:
    """Nobody who asked is left without an answer, and nobody who asks later."""
    checks = PasswordChecks(CheckThreads(1, lambda: False))
    gate = threading.Event()
    runs = asyncio.ensure_future(checks.run(b"a", b"1", lambda: gate.wait(30)))
    waits = asyncio.ensure_future(checks.run(b"a", b"2", lambda: True))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(checks.close())
    with pytest.raises(TooManyChecks):
        await waits
    gate.set()
    await closing
    assert await runs
    with pytest.raises(TooManyChecks):
        await checks.run(b"a", b"3", lambda: True)


async def test_the_end_does_not_wait_for_a_check_that_gets_no_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends by itself some time later, and whom it was for is told to come again."""
    monkeypatch.setattr("opcua_ml.opcua.identity.users.password_check.CLOSING_S", 0.05)
    checks = PasswordChecks()
    gate = threading.Event()
    runs = asyncio.ensure_future(checks.run(b"a", b"1", lambda: gate.wait(30)))
    await asyncio.sleep(0)
    await checks.close()
    with pytest.raises(TooManyChecks):
        await runs
    gate.set()
