"""Guessing gets slow, and nobody is locked out by others."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.users import login_throttle
from opcua_ml.opcua.identity.users.login_throttle import (
    PER_SOURCE,
    PER_USER,
    LoginThrottle,
    ThrottleRule,
)
from tests.unit.opcua.identity.hand_clock import HandClock

ATTACKER, HMI = "10.0.0.66", "10.0.0.7"


def fail(throttle: LoginThrottle, user: str, address: str = ATTACKER, times: int = 1) -> int:
    """Fail that often; how many of the attempts were looked at."""
    return sum(throttle.admit(address, None, user) is not None for _ in range(times))


def test_a_few_mistakes_are_free_and_then_the_pauses_double() -> None:
    """The fifth failure makes the first pause; each further one makes it twice as long."""
    clock = HandClock()
    clock.now = 1e6  # the machine has been running for long
    throttle = LoginThrottle(monotonic=clock)
    assert fail(throttle, "anna", times=PER_USER.free_failures) == PER_USER.free_failures
    for pause in (1.0, 2.0, 4.0, 8.0):
        assert throttle.admit(ATTACKER, None, "anna") is None
        clock.now += pause - 0.01
        assert throttle.admit(ATTACKER, None, "anna") is None
        clock.now += 0.01
        assert throttle.admit(ATTACKER, None, "anna") is not None


def test_pauses_have_a_longest_and_attempts_during_them_do_not_prolong_them() -> None:
    """Nobody is locked out for good, however much is tried meanwhile."""
    clock = HandClock()
    throttle = LoginThrottle(monotonic=clock)
    for _ in range(40):
        fail(throttle, "anna", times=50)
        clock.now += PER_USER.longest_pause
    fail(throttle, "anna", times=1000)
    clock.now += PER_USER.longest_pause
    assert throttle.admit(ATTACKER, None, "anna") is not None


def test_an_attacker_elsewhere_does_not_lock_a_user_out() -> None:
    """Failures count for the place that they come from."""
    throttle = LoginThrottle(monotonic=HandClock())
    fail(throttle, "anna", times=1000)
    assert throttle.admit(HMI, None, "anna") is not None


def test_an_attacker_behind_the_same_address_does_not_lock_out_who_logged_in_before() -> None:
    """Trying many names blocks the address for strangers, not for users known there."""
    throttle = LoginThrottle(monotonic=HandClock())
    attempt = throttle.admit(HMI, None, "anna")
    assert attempt is not None
    attempt.succeeded()
    for number in range(PER_SOURCE.free_failures + 10):
        fail(throttle, f"user{number}", HMI)
    assert throttle.admit(HMI, None, "stranger") is None
    assert throttle.admit(HMI, None, "anna") is not None


def test_applications_behind_one_address_are_told_apart_by_their_certificates() -> None:
    """One station's guesses are not another station's."""
    throttle = LoginThrottle(monotonic=HandClock())
    for _ in range(1000):
        throttle.admit(HMI, b"certificate of a guesser", "anna")
    assert throttle.admit(HMI, b"certificate of another", "anna") is not None


def test_trying_many_names_from_one_address_is_slowed_down() -> None:
    """One guess per name is guessing too."""
    throttle = LoginThrottle(monotonic=HandClock())
    looked_at = sum(fail(throttle, f"user{number}") for number in range(1000))
    assert looked_at == PER_SOURCE.free_failures


def test_one_host_does_not_get_round_by_its_many_addresses() -> None:
    """A /64 of IPv6 is one source, and an IPv4 address is itself in either form."""
    throttle = LoginThrottle(monotonic=HandClock())
    looked_at = sum(fail(throttle, "anna", f"2001:db8:1:2::{number:x}") for number in range(100))
    assert looked_at == PER_USER.free_failures
    assert fail(throttle, "bert", "::ffff:10.0.0.1", 3) + fail(throttle, "bert", "10.0.0.1", 9) == 5


def test_attempts_side_by_side_count_before_the_first_has_ended() -> None:
    """A thousand guesses at once are no way round."""
    throttle = LoginThrottle(monotonic=HandClock())
    open_attempts = [throttle.admit(ATTACKER, None, "anna") for _ in range(1000)]
    assert sum(attempt is not None for attempt in open_attempts) == PER_USER.free_failures


async def comes(throttle: LoginThrottle, address: str, user: str, *, succeeds: bool = True) -> bool:
    """A login that takes a round of the loop; whether it was looked at."""
    attempt = await throttle.admit_in_turn(address, None, user)
    if attempt is None:
        return False
    await asyncio.sleep(0)
    if succeeds:
        attempt.succeeded()
    attempt.ended()
    return True


async def test_stations_that_log_in_all_at_once_are_let_in_one_after_the_other() -> None:
    """After a restart of the service every HMI of a control room comes back in the same moment."""
    throttle = LoginThrottle(monotonic=HandClock())
    assert all(await asyncio.gather(*(comes(throttle, HMI, "anna") for _ in range(50))))
    assert throttle.refused == 0


async def test_stations_of_many_users_behind_one_address_come_in_all_at_once() -> None:
    """More users than an address has free failures: none of them is refused, and none waits without end."""
    throttle = LoginThrottle(monotonic=HandClock())
    async with asyncio.timeout(30):
        assert all(
            await asyncio.gather(*(comes(throttle, HMI, f"user{number % 80}") for number in range(400)))
        )
    assert throttle.refused == 0


async def test_guesses_of_many_names_that_wait_are_refused_when_those_before_have_failed() -> None:
    """As many are looked at as would be one after the other."""
    throttle = LoginThrottle(monotonic=HandClock())
    guesses = (comes(throttle, ATTACKER, f"user{number}", succeeds=False) for number in range(200))
    assert sum(await asyncio.gather(*guesses)) == PER_SOURCE.free_failures


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 6)), max_size=80))
def test_whoever_waits_for_its_turn_is_told_whatever_the_others_do(
    story: list[tuple[int, int, int]],
) -> None:
    """Some fail, some succeed, some go away while they wait or are looked at: nobody is forgotten."""
    throttle = LoginThrottle(monotonic=HandClock())

    async def log_in(user: int, steps: int, end: int) -> None:
        attempt = await throttle.admit_in_turn(HMI, None, f"user{user}")
        if attempt is None:
            return
        try:
            for _ in range(steps):
                await asyncio.sleep(0)
            if end % 2:
                attempt.succeeded()
            elif end % 3 == 0:
                attempt.withdrawn()
        finally:
            attempt.ended()

    async def all_of_them() -> None:
        tasks = [asyncio.ensure_future(log_in(*one)) for one in story]
        for task, (_, steps, end) in zip(tasks, story, strict=True):
            if end == 4:
                asyncio.get_running_loop().call_later(0.0001 * steps, task.cancel)
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(all_of_them())


async def test_guesses_that_wait_are_refused_when_those_before_have_failed() -> None:
    """Waiting looks at no more of them."""
    throttle = LoginThrottle(monotonic=HandClock())
    guesses = (comes(throttle, ATTACKER, "anna", succeeds=False) for _ in range(50))
    assert sum(await asyncio.gather(*guesses)) == PER_USER.free_failures


def test_success_forgets_the_users_failures() -> None:
    """Who mistyped and then came in starts from nothing."""
    throttle = LoginThrottle(monotonic=HandClock())
    fail(throttle, "anna", HMI, PER_USER.free_failures - 1)
    attempt = throttle.admit(HMI, None, "anna")
    assert attempt is not None
    attempt.succeeded()
    assert fail(throttle, "anna", HMI, 10) == PER_USER.free_failures


def test_failures_are_forgotten_after_a_while() -> None:
    """Yesterday's mistakes don't count."""
    clock = HandClock()
    throttle = LoginThrottle(monotonic=clock)
    fail(throttle, "anna", times=PER_USER.free_failures)
    clock.now += PER_USER.forget_after + 1
    assert fail(throttle, "anna", times=10) == PER_USER.free_failures


def test_a_place_from_which_many_log_in_and_some_mistype_stays_open() -> None:
    """A gateway: a login each five seconds for a day, every twentieth with a wrong password."""
    clock = HandClock()
    throttle = LoginThrottle(monotonic=clock)
    for number in range(24 * 720):
        attempt = throttle.admit(HMI, None, f"user{number % 61}")
        assert attempt is not None
        if number % 20:
            attempt.succeeded()
        clock.now += 5
    assert throttle.admit(HMI, None, "who was never here") is not None


@pytest.mark.parametrize(("names", "rule"), [(1, PER_USER), (100_000, PER_SOURCE)])
def test_who_guesses_for_hours_gets_one_guess_in_each_longest_pause(names: int, rule: ThrottleRule) -> None:
    """After those that are free and those of growing pauses; that failures are forgotten gives no more."""
    clock = HandClock()
    throttle = LoginThrottle(monotonic=clock)
    looked_at = 0
    seconds = 5 * 3600
    for number in range(seconds):
        looked_at += throttle.admit(ATTACKER, None, f"user{number % names}") is not None
        clock.now += 1
    growing = 10
    assert looked_at <= rule.free_failures + growing + seconds / rule.longest_pause


def test_an_attempt_that_we_had_no_time_for_does_not_count() -> None:
    """Our being busy is not the user's mistake."""
    throttle = LoginThrottle(monotonic=HandClock())
    for _ in range(100):
        attempt = throttle.admit(HMI, None, "anna")
        assert attempt is not None
        attempt.withdrawn()


@given(
    st.lists(st.tuples(st.integers(0, 5), st.text(max_size=3), st.booleans(), st.floats(0, 400)), max_size=60)
)
def test_whatever_happens_a_blocked_pair_is_let_in_again_in_time(
    story: list[tuple[int, str, bool, float]],
) -> None:
    """After the longest pause every user may try again from every address."""
    clock = HandClock()
    throttle = LoginThrottle(monotonic=clock)
    for host, user, right, wait in story:
        attempt = throttle.admit(f"10.0.0.{host}", None, user)
        if attempt is not None and right:
            attempt.succeeded()
        clock.now += wait
    clock.now += max(PER_USER.longest_pause, PER_SOURCE.longest_pause)
    for host in range(6):
        assert throttle.admit(f"10.0.0.{host}", None, "anna") is not None


def test_memory_is_bounded_and_blocked_attempts_push_nobody_out() -> None:
    """A flood of made-up names from one address leaves what is known of others."""
    throttle = LoginThrottle(monotonic=HandClock())
    fail(throttle, "anna", HMI, PER_USER.free_failures)
    for number in range(login_throttle.MOST_ENTRIES * 2):
        fail(throttle, f"user{number}" * 100)
    assert throttle.admit(HMI, None, "anna") is None
    assert throttle.entries <= 2 * login_throttle.MOST_ENTRIES
