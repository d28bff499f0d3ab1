"""What a thread claims of its processor, as the kernel says."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from opcua_ml.thread_priority import interrupt_nobody

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")


def test_a_writers_thread_interrupts_nobody_and_no_other_thread_is_changed() -> None:
    """It is a batch job to the kernel."""
    policies: list[int] = []

    def work() -> None:
        interrupt_nobody()
        policies.append(os.sched_getscheduler(threading.get_native_id()))

    ours = os.sched_getscheduler(threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert policies == [os.SCHED_BATCH]
    assert os.sched_getscheduler(threading.get_native_id()) == ours


def test_where_a_container_forbids_it_the_thread_runs_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised."""

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    interrupt_nobody()
