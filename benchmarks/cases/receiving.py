"""Receiving from a PLC: what one changed value costs the client, and whether any is lost when many come."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.environments import OwnEnvironment, PythonEnvironment, Unavailable
from benchmarks.figures import Goal, Row, compare, in_turn
from benchmarks.processes import Process, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench

CASE = "receive"
INTERVAL_MS = 50
_HERE = Path(__file__).parent.parent
_TAGS = 1000
_RATE, _HIGH_RATE = 10_000, 100_000


class _Received(NamedTuple):
    cpu_us: float
    lost: int
    seconds: float


@contextmanager
def fast_plc(bench: Bench, tags: int = _TAGS) -> Iterator[Process]:
    """The PLC that sends faster than clients receive."""
    command = [
        OwnEnvironment().executable(),
        str(_HERE / "servers" / "fast_plc.py"),
        str(free_port()),
        str(tags),
    ]
    with Process("fast-plc", command, bench.folder) as process:
        yield process


@contextmanager
def _receiver(bench: Bench, stack: str, url: str) -> Iterator[Process]:
    environment = PythonEnvironment("asyncua") if stack == "asyncua" else OwnEnvironment()
    command = [environment.executable(), str(_HERE / "clients" / "receiver.py"), stack, url]
    with Process(f"receiver-{stack}", [*command, str(_TAGS), str(INTERVAL_MS)], bench.folder) as process:
        yield process


def run(bench: Bench) -> None:
    """Both clients are subscribed to the same PLC, and each gets its changes in its turn."""
    with bench.servers():
        plc = bench.start(fast_plc)
        if plc is None:
            return
        stacks = [
            (stack, client)
            for stack in ("opcua_ml", "asyncua")
            if (client := bench.start(partial(_receiver, stack=stack, url=plc.facts["url"]))) is not None
        ]
        seconds = 0.5 if bench.quick else 2.0
        turns = {
            stack: partial(_blast, plc, client, place, _RATE, seconds)
            for place, (stack, client) in enumerate(stacks)
        }
        found = in_turn(turns, bench.rounds)
        ours = [turn.cpu_us for turn in found["opcua_ml"]]
        if "asyncua" in found:
            theirs = [turn.cpu_us for turn in found["asyncua"]]
            what = f"client CPU per changed value at {_RATE:,}/s, µs"
            bench.rows.append(compare((CASE, what), ours, "asyncua", theirs, Goal(0.3)))
        much = _blast(plc, stacks[0][1], 0, _HIGH_RATE, 2 if bench.quick else 10)
        if much.seconds > 1.05 * (2 if bench.quick else 10) + INTERVAL_MS / 1e3:
            bench.note(f"the client did not take {_HIGH_RATE:,} changes/s in time")
        bench.rows.append(Row(CASE, f"values lost at {_HIGH_RATE:,}/s", much.lost, goal=Goal(0)))
        bench.rows.append(Row(CASE, f"client CPU per changed value at {_HIGH_RATE:,}/s, µs", much.cpu_us))


def _blast(plc: Process, client: Process, subscription: int, rate: float, seconds: float) -> _Received:
    client.ask("count")
    before = client.cpu_seconds()
    said = plc.ask("blast", rate=rate, seconds=seconds, subscription=subscription)
    time.sleep(3 * INTERVAL_MS / 1e3)
    received = client.ask("count")
    if received["troubles"]:
        raise Unavailable(f"{client.name}'s subscription broke")
    cpu = client.cpu_seconds() - before
    return _Received(cpu * 1e6 / said["sent"], said["sent"] - received["values"], said["seconds"])
