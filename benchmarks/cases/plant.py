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
        seconds = 5.0 if bench.quick else 60.0
        service.ask("report")
        begin, before = time.monotonic(), service.cpu_seconds()
        for plc in plcs:
            plc.tell("scan", rate=_RATE, seconds=seconds, subscription=0)
        sent = sum(plc.answer(3 * seconds + 30)["sent"] for plc in plcs)
        time.sleep(3 * INTERVAL_MS / 1e3)
        share = (service.cpu_seconds() - before) / (time.monotonic() - begin)
        said = service.ask("report")
        if said["bad"] or said["mixed"]:
            raise Unavailable(f"{said['bad']} Bad predictions, {said['mixed']} of values of two scans")
        found: Sequence[float] = said["latencies_us"]
        lost = max(said["lost"], sent // INPUTS - len(found))
        words = f"{_PLCS} PLCs, {_PLCS * _TAGS:,} tags at 10 Hz, {MODELS} models"
        bench.rows.append(Row(CASE, f"{words}: predictions lost of {sent // INPUTS:,}", lost, goal=Goal(0)))
        for name, place, goal in (("p50", 0.5, None), ("p99", 0.99, Goal(_ALLOWED_MS))):
            lag = found[round(place * (len(found) - 1))] / 1e3
            bench.rows.append(Row(CASE, f"{words}: lag {name} from the scan on, ms", lag, goal=goal))
        bench.rows.append(Row(CASE, f"{words}: processor of the service, %", 100 * share))
