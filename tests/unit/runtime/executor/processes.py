"""Whether a process is gone."""

import os
import sys
import time

import pytest


def assert_ends(process_id: int, seconds: float = 5.0) -> None:
    """Fail unless the process ends, and is waited for, in time; zombies count as there."""
    if sys.platform == "win32":
        pytest.skip("signal 0 is Ctrl-C on Windows")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail(f"process {process_id} is still there")
