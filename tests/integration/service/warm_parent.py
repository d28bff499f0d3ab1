"""A process that has imported all that our commands need, and forks one whenever it is asked to.

Run by `warm_start`. It reads a line of JSON for each process from its standard input, and tells on its
standard output which process that is and how each one ended. It starts no thread, and ends with its standard
input; what still runs then is killed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from pathlib import Path
from typing import Any

IMPORTED = (
    *("opcua_ml.cli.main", "opcua_ml.cli.serve", "opcua_ml.service.service", "opcua_ml_simulator.cli"),
    *("uvloop", "rich.console", "numpy.random"),
)


def main() -> None:
    """Serve requests; in a child, be the command."""
    for name in IMPORTED:
        with contextlib.suppress(ImportError):  # uvloop is not everywhere
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    if request := asked_of_a_child():
        become(request)


def asked_of_a_child() -> dict[str, Any] | None:
    """What this process is to become; None in the parent, when nobody will ask any more."""
    requests = sys.stdin.fileno()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: set[int] = set()
    unread = b""
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - the protocol
    while True:
        select.select([requests, woken], [], [])
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
        tell_the_ended(running)
        if not select.select([requests], [], [], 0)[0]:
            continue
        read = os.read(requests, 1 << 16)
        if not read:
            break
        *lines, unread = (unread + read).split(b"\n")
        for line in lines:
            if not (process := os.fork()):
                signal.set_wakeup_fd(-1)
                os.close(woken)
                os.close(wake)
                request: dict[str, Any] = json.loads(line)
                return request
            running.add(process)
            print(json.dumps({"started": process}), flush=True)  # noqa: T201 - the protocol
    for process in running:
        os.kill(process, signal.SIGKILL)
    return None


def tell_the_ended(running: set[int]) -> None:
    """The exit codes of those that have ended, as `subprocess` has them."""
    for process in tuple(running):
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            running.remove(process)
            print(json.dumps({"ended": process, "code": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


def become(request: dict[str, Any]) -> None:
    """The command, as if it had been started by itself."""
    import numpy as np

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    hears = request["hears_interrupts"]
    signal.signal(signal.SIGINT, signal.default_int_handler if hears else signal.SIG_IGN)
    for number, path, mode in ((0, os.devnull, "rb"), (1, request["out"], "ab"), (2, request["err"], "ab")):
        with Path(path).open(mode) as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    np.random.seed()  # noqa: NPY002 - else all children had one state; the standard library's is made anew
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
