"""Two PLCs whose 1,000 tags all change ten times a second, and 50 models: what is lost, and the lag."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.cases.receiving import INTERVAL_MS, fast_plc
from benchmarks.cases.tags import INPUTS, MODELS, observed
from benchmarks.environments import Unavailable
from benchmarks.figures import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench
    from benchmarks.processes import Process

CASE = "plant"
_PLCS = 2
_TAGS = MODELS * INPUTS // _PLCS
_RATE = 10.07  # a little off the publishing interval's multiple, so that scans meet every phase of it
_ALLOWED_MS = INTERVAL_MS + 20


def run(bench: Bench) -> None:
    """All tags of both PLCs change at every scan, and are sent at the next publishing interval."""
    with bench.servers():
        plcs = [plc for _ in range(_PLCS) if (plc := bench.start(lambda here: fast_plc(here, _TAGS)))]
        if len(plcs) < _PLCS:
            return
        urls = [plc.facts["url"] for plc in plcs]
        service = bench.start(lambda here: observed(here, urls))
        if service is None:
            return
        service.ask("report")
        begin, before, sent, lost = time.monotonic(), service.cpu_seconds(), 0, 0
        found: list[float] = []
        turns = 2 if bench.quick else 6
        for turn in range(turns):
            played = _played(plcs, 2.5 if bench.quick else 10.0, turn / turns)
            said = service.ask("report")
            if said["bad"] or said["mixed"]:
                raise Unavailable(f"{said['bad']} Bad predictions, {said['mixed']} of values of two scans")
            lost += max(said["lost"], played // INPUTS - len(said["latencies_us"]))
            found += said["latencies_us"]
            sent += played
        share = (service.cpu_seconds() - before) / (time.monotonic() - begin)
        found.sort()
        words = f"{_PLCS} PLCs, {_PLCS * _TAGS:,} tags at 10 Hz, {MODELS} models"
        bench.rows.append(Row(CASE, f"{words}: predictions lost of {sent // INPUTS:,}", lost, goal=Goal(0)))
        for name, place, goal in (("p50", 0.5, None), ("p99", 0.99, Goal(_ALLOWED_MS))):
            lag = found[round(place * (len(found) - 1))] / 1e3
            bench.rows.append(Row(CASE, f"{words}: lag {name} from the scan on, ms", lag, goal=goal))
        bench.rows.append(Row(CASE, f"{words}: processor of the service, %", 100 * share))


def _played(plcs: Sequence[Process], seconds: float, phase: float) -> int:
    """Let the PLCs scan for so long; how many values they sent.

    Their publishing intervals lie apart by a part of one: nothing keeps two PLCs in step.
    """
    for number, plc in enumerate(plcs):
        time.sleep(number * phase * INTERVAL_MS / 1e3)
        plc.tell("scan", rate=_RATE, seconds=seconds, subscription=0)
    sent = sum(int(plc.answer(3 * seconds + 30)["sent"]) for plc in plcs)
    time.sleep(3 * INTERVAL_MS / 1e3)
    return sent
