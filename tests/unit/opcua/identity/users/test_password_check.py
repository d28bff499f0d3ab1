"""Checks of passwords leave the processor to everybody else."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from opcua_ml.opcua.identity.users.password_check import STEPS_BACK, PasswordChecks


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
async def test_checks_run_when_others_have_no_use_for_the_processor() -> None:
    """Their threads are nicer than ours, which keeps its priority."""
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    checks = PasswordChecks()
    seen: list[int] = []

    def check() -> bool:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return True

    try:
        assert await checks.run("10.0.0.1", check)
    finally:
        await checks.close()
    assert seen == [min(19, ours + STEPS_BACK)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == ours
