"""Servers that do nothing but answer: what the kernel, and an event loop, take of every request."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.environments import OwnEnvironment, Unavailable, compiled
from benchmarks.load import Figures, Request, run_load
from benchmarks.processes import Process, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.bench import Bench

ROOT = Path(__file__).parent
REQUEST = b"x" * 212
"""As long as the Call of a Predict with 8 Doubles; answers are as long as its answer."""
ON_UVLOOP, IN_C = "a bare loop on uvloop", "a bare loop in C"


@dataclass(frozen=True, slots=True)
class BareServer:
    """A running server that answers the same bytes to everything."""

    name: str
    process: Process
    port: int

    def turn(self, *, connections: int = 1, seconds: float) -> Callable[[], Figures]:
        """One turn of load."""
        request = Request("http", self.port, REQUEST, expect=1)
        return partial(run_load, request, self.process.pids, connections=connections, seconds=seconds)


@contextmanager
def on_uvloop(bench: Bench) -> Iterator[BareServer]:
    """In Python.

    Raises:
        Unavailable: uvloop is not installed, or it does not start.
    """
    if importlib.util.find_spec("uvloop") is None:
        raise Unavailable(f"{ON_UVLOOP} needs uvloop")
    script = str(ROOT / "servers" / "bare_loop.py")
    with _running(bench, ON_UVLOOP, [OwnEnvironment().executable(), script]) as server:
        yield server


@contextmanager
def in_c(bench: Bench) -> Iterator[BareServer]:
    """By epoll alone.

    Raises:
        Unavailable: there is no C compiler, or it does not start.
    """
    with _running(bench, IN_C, [str(compiled("bareserver", ROOT / "bareserver"))]) as server:
        yield server


@contextmanager
def _running(bench: Bench, name: str, command: Sequence[str]) -> Iterator[BareServer]:
    port = free_port()
    with Process(f"bare-{port}", [*command, str(port)], bench.folder) as process:
        yield BareServer(name, process, port)
