"""Other programs that want the processor."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_SECONDS = 60
_LOAD = f"""
import time
print(flush=True)
end = time.monotonic() + {_SECONDS}
while time.monotonic() < end:
    pass
"""


@contextmanager
def busy_machine() -> Iterator[None]:
    """Three of them for each processor, from when all have begun; each ends by itself, too."""
    with ExitStack() as stack:
        begun = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", _LOAD], stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3 * (os.cpu_count() or 1))
        ]
        try:
            for process in begun:
                assert process.stdout is not None
                process.stdout.readline()
            yield
        finally:
            for process in begun:
                process.kill()
