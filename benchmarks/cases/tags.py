"""From a PLC tag's change to a prediction that can be read, beyond the publishing interval."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cases.receiving import fast_plc
from benchmarks.environments import OwnEnvironment, Unavailable
from benchmarks.figures import Goal, Row
from benchmarks.packages import model_package
from benchmarks.processes import Process, free_port
from benchmarks.service_file import fed_by_plcs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.bench import Bench

CASE = "tags"
MODELS, INPUTS = 50, 20
_RATE = 100.0
_SCRIPT = Path(__file__).parent.parent / "servers" / "watched_service.py"
_LEAST = 0.9  # predictions per change
_PATIENCE_S = 30.0
_REST_S = 1.5


@contextmanager
def observed(bench: Bench, plcs: Sequence[str]) -> Iterator[Process]:
    """A service of 50 models whose 20 inputs each are spread evenly over the tags of these PLCs."""
    package = model_package(bench.folder, INPUTS)
    file = fed_by_plcs(
        bench.folder / f"observed{len(plcs)}", free_port(), package, plcs, (MODELS // len(plcs), INPUTS)
    )
    command = [OwnEnvironment().executable(), str(_SCRIPT), str(file), "latencies"]
    with Process("observed-service", command, bench.folder) as process:
        _wait_for_all(process)
        yield process


def _wait_for_all(service: Process) -> None:
    """Until every model has made a prediction of good inputs, and no more of them come.

    Each value comes twice at the start, read and then notified, which may lie a second apart.
    """
    deadline, good, news = time.monotonic() + _PATIENCE_S, 0, 0
    while good < MODELS or news:
        if time.monotonic() > deadline:
            raise Unavailable(f"{good} predictions of {MODELS} models, and no rest within {_PATIENCE_S:g} s")
        time.sleep(_REST_S)
        news = len(service.ask("report")["latencies_us"])
        good += news


def run(bench: Bench) -> None:
    """Tags that change one at a time, and all at once."""
    with bench.servers():
        plc = bench.start(lambda here: fast_plc(here, MODELS * INPUTS))
        if plc is None:
            return
        url = plc.facts["url"]
        service = bench.start(lambda here: observed(here, [url]))
        if service is None:
            return
        seconds = 3.0 if bench.quick else 20.0
        changes = plc.ask("single", rate=_RATE, seconds=seconds, subscription=0)["sent"]
        time.sleep(0.2)
        # Changes that come while a model still works are joined in one prediction.
        found = _latencies(service, round(_LEAST * changes))
        words = f"one of {MODELS * INPUTS:,} tags changes, {MODELS} models: latency"
        _row(bench, f"{words} p50, ms", found, 0.5, Goal(1))
        _row(bench, f"{words} p99, ms", found, 0.99, Goal(5))
        plc.ask("blast", rate=MODELS * INPUTS * 10, seconds=1.0, subscription=0)
        time.sleep(0.5)
        found = _latencies(service, MODELS)
        words = f"all {MODELS * INPUTS:,} tags change, {MODELS} models: latency"
        _row(bench, f"{words} p50, ms", found, 0.5)
        _row(bench, f"{words} p99, ms", found, 0.99)


def _latencies(service: Process, least: int) -> Sequence[float]:
    said = service.ask("report")
    found: list[float] = said["latencies_us"]
    if len(found) < least or said["bad"]:
        raise Unavailable(
            f"{len(found)} good and {said['bad']} bad predictions came; wanted {least} good ones"
        )
    return found


def _row(bench: Bench, what: str, found: Sequence[float], share: float, goal: Goal | None = None) -> None:
    bench.rows.append(Row(CASE, what, found[round(share * (len(found) - 1))] / 1e3, goal=goal))
