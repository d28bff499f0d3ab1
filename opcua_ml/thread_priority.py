"""How much of a processor a thread claims beside the one that serves.

Source: man 7 sched, SCHED_IDLE and SCHED_BATCH, which anybody may choose for his own threads. One of
SCHED_IDLE gives way at once to whoever wakes up on its processor; one that is merely nicer keeps it until the
kernel's next tick, up to 4 ms. One of SCHED_BATCH has its fair share, but interrupts nobody when it wakes up.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

STEPS_BACK = 10
"""By so much a thread is nicer than ours where it does not give way altogether."""


def give_way() -> bool:
    """Let this thread run when its processor has nothing else to do; whether that was possible.

    Where a container forbids it the thread is nicer than others; other systems than Linux have no priorities
    of threads.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))
            return True
    step_back()
    return False


def step_back() -> bool:
    """Let this thread have a small share beside others; False, as it does not give way altogether."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            nice = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(19, nice + STEPS_BACK))
    return False


def interrupt_nobody() -> None:
    """Let this thread wait for a pause of others when it wakes up: each answer of a disk wakes its writer."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_BATCH, os.sched_param(0))
