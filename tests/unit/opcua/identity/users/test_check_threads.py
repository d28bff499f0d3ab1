"""Checks of passwords leave the processor to everybody else, and are done all the same."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from opcua_ml.opcua.identity.users.check_threads import CheckThreads
from opcua_ml.opcua.identity.users.password_check import PasswordChecks
from opcua_ml.thread_priority import STEPS_BACK, give_way, step_back

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")


def place() -> tuple[int, int]:
    """Policy and niceness of the present thread."""
    thread = threading.get_native_id()
    return os.sched_getscheduler(thread), os.getpriority(os.PRIO_PROCESS, thread)


async def seen_in(threads: CheckThreads) -> tuple[int, int]:
    """The same of a thread that runs a check."""
    seen: list[tuple[int, int]] = []
    done = asyncio.Event()

    def look() -> bool:
        seen.append(place())
        return True

    threads.run(look, lambda *_: done.set())
    await done.wait()
    await threads.close(30)
    return seen[0]


@linux
async def test_checks_run_when_others_have_no_use_for_the_processor() -> None:
    """Their threads have the policy for that; ours keeps its own."""
    ours = place()
    threads = CheckThreads(1, give_way)
    assert (await seen_in(threads))[0] == os.SCHED_IDLE
    assert threads.gives_way
    assert place() == ours


@linux
async def test_a_hurried_check_runs_beside_others_with_a_small_share() -> None:
    """Its thread is nicer, and of the usual policy."""
    policy, nice = place()
    threads = CheckThreads(1, step_back)
    assert await seen_in(threads) == (policy, min(19, nice + STEPS_BACK))
    assert not threads.gives_way


@linux
async def test_where_a_container_forbids_the_policy_checks_are_nicer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before there was the policy, and it is known that they don't give way."""

    def forbidden(*_: object) -> None:
        raise PermissionError

    policy, nice = place()
    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    threads = CheckThreads(1, give_way)
    assert await seen_in(threads) == (policy, min(19, nice + STEPS_BACK))
    assert not threads.gives_way


def threads_of_checks() -> int:
    """How many there are in this process."""
    return sum(thread.name.startswith("password-") for thread in threading.enumerate())


async def test_threads_begin_when_they_are_needed_and_end() -> None:
    """A service to which nobody logs in has none of them."""
    before = threads_of_checks()
    checks = PasswordChecks()
    assert threads_of_checks() == before
    assert await checks.run(b"a", b"1", lambda: True)
    assert threads_of_checks() == before + 1
    await checks.close()
    assert threads_of_checks() == before


_BUSY = """
import asyncio, os, time
from opcua_ml.opcua.identity.users.password_check import PasswordChecks
from opcua_ml.opcua.identity.users.password_hash import hash_password, password_matches

PASSWORD = "correct horse battery"

async def main():
    stored = hash_password(PASSWORD)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    busy = os.fork()
    if not busy:
        end = time.monotonic() + 40
        while time.monotonic() < end:
            pass
        os._exit(0)
    checks = PasswordChecks()
    try:
        for number in range(2):
            begun = time.monotonic()
            assert await checks.run(b"a", b"%d" % number, lambda: password_matches(stored, PASSWORD.encode()))
            print(time.monotonic() - begun, flush=True)
    finally:
        os.kill(busy, 9)
        os.waitpid(busy, 0)
    await checks.close()

asyncio.run(main())
"""


@linux
@pytest.mark.timeout(120)
def test_a_login_on_a_processor_that_is_busy_all_the_time_takes_a_few_seconds() -> None:
    """Another program burns the only processor of this one: a patient thread alone needs 17 seconds there.

    It is a program of the same session, as otherwise the kernel shares processors out among sessions first.
    """
    command = [sys.executable, "-c", _BUSY]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    took = [float(line) for line in ended.stdout.split()]
    assert len(took) == 2
    assert max(took) < 10, took
