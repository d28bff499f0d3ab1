"""Random faults at random moments for a long time, seeded: what came of every single prediction."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from tests.integration.fault_matrix.plc import Plc
from tests.integration.fault_matrix.policies import COLUMNS
from tests.integration.fault_matrix.random_faults import CLOSING, RETURNING, SILENCING, Disturber
from tests.integration.fault_matrix.site import running

if TYPE_CHECKING:
    from tests.integration.fault_matrix.site import Site
    from tests.integration.fault_matrix.watch import Seen

SPEED = 10
"""s of plant time in one of ours."""
_POLICIES = tuple(one for one in COLUMNS if one.name in {"reject", "hold", "substitute", "leading", "asked"})
_LOOK = 0.05
_JUDGED_AFTER = 1.0
"""s after which the witness has heard whatever a prediction is made of."""


@dataclass(slots=True)
class Record:
    """What was seen.

    Attributes:
        seed, plant_seconds: of the run.
        faults: how many of each kind.
        predictions, good: by all models; how many of them were Good.
        vouched, unheard: Good ones whose inputs the witness confirms, and those that it could not hear.
        wrong: what was wrong with each prediction that should not have been.
        told_closed, told_silent: s from a PLC's loss to outputs that are not Good.
        back: s from the end of a PLC's absence, if nothing else was wrong, to Good outputs of all models.
        memory: resident bytes of the service, once a second.
        ended: whether the service did not live to the end.
    """

    seed: int
    plant_seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    predictions: int = 0
    good: int = 0
    vouched: int = 0
    unheard: int = 0
    wrong: list[str] = field(default_factory=list)
    told_closed: list[float] = field(default_factory=list)
    told_silent: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    ended: bool = False

    @property
    def growth(self) -> float:
        """Of memory, from the second quarter to the last one, as a part of it; 0 where it can't be seen."""
        quarter = len(self.memory) // 4
        if not quarter:
            return 0.0
        before = median(self.memory[quarter : 2 * quarter])
        return median(self.memory[-quarter:]) / before - 1


async def soak(seed: int, plant_seconds: float) -> Record:
    """Disturb a PLC for so long, and judge every prediction of a service that it feeds."""
    record = Record(seed, plant_seconds)
    plc = Plc("--speed", str(SPEED), "--step", "1")
    with TemporaryDirectory() as folder:
        async with running(Path(folder), plc, _POLICIES, slack=_JUDGED_AFTER) as site:
            disturber = Disturber(site.plc, Random(seed))  # noqa: S311 - repeatable, no secret
            watcher = _Watcher(site, disturber, record)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(disturber.disturb_tags(), name="tags"),
                    group.create_task(disturber.disturb_server(), name="server"),
                    group.create_task(watcher.judge(), name="judge"),
                    group.create_task(watcher.watch(), name="watch"),
                ]
                await asyncio.sleep(plant_seconds / SPEED)
                disturber.is_over = True
                await asyncio.gather(*tasks[:2])
                await site.settle(15.0)
                await asyncio.sleep(2 * _JUDGED_AFTER)
                for task in tasks[2:]:
                    task.cancel()
            record.faults = disturber.faults
            record.vouched, record.unheard = site.witness.vouched, site.witness.unheard
            record.ended = site.service.process.returncode is not None
    return record


class _Watcher:
    """Looks at every prediction, and at how long losses and returns take."""

    def __init__(self, site: Site, disturber: Disturber, record: Record) -> None:
        self._site = site
        self._disturber = disturber
        self._record = record

    async def judge(self) -> None:
        """Let the witness judge each prediction, a little later, until cancelled."""
        while True:
            await asyncio.sleep(_JUDGED_AFTER / 4)
            until = monotonic() - _JUDGED_AFTER
            for name, watch in self._site.watches.items():
                due = [one for one in watch.seen if one.at <= until]
                del watch.seen[: max(0, min(len(due), len(watch.seen) - 1))]
                for one in due:
                    self._count(name, one)

    def _count(self, model: str, one: Seen) -> None:
        self._record.predictions += 1
        self._record.good += one.is_good
        complaint = self._site.complaint(model, one)
        if complaint:
            self._record.wrong.append(f"{model}: {complaint}: {one}")

    async def watch(self) -> None:
        """Time losses and returns, and look at the service's memory, until cancelled."""
        looked = 0.0
        while True:
            await asyncio.sleep(_LOOK)
            if monotonic() - looked > 1.0:
                looked = monotonic()
                self._record.memory += resident_bytes(self._site.service.pid)
            event = self._disturber.newest
            if event is None or event.is_timed:
                continue
            if event.ended is None:
                self._time_loss(event.kind, event.began)
            elif event.kind in RETURNING:
                event.is_timed = self._time_return(event.ended)

    def _time_loss(self, kind: str, began: float) -> None:
        told = self._record.told_closed if kind in CLOSING else self._record.told_silent
        if kind not in CLOSING | SILENCING:
            return
        event, watch = self._disturber.newest, self._site.watches["reject"]
        first = next((one for one in watch.seen if one.at > began and not one.is_good), None)
        if event is not None and not event.is_told and first is not None:
            event.is_told = True
            if event.was_clean:
                told.append(first.at - began)

    def _time_return(self, ended: float) -> bool:
        """Whether it is over: all are Good, or something else is wrong now."""
        if self._disturber.tag_is_disturbed:
            return True
        firsts = [
            next((one.at for one in watch.seen if one.at > ended and one.is_good), None)
            for watch in self._site.watches.values()
        ]
        if any(first is None for first in firsts):
            return False
        self._record.back.append(max(first for first in firsts if first is not None) - ended)
        return True


def resident_bytes(pid: int) -> list[int]:
    """Resident memory of a process; empty where the system does not tell."""
    path = Path(f"/proc/{pid}/status")
    if not path.exists():
        return []
    line = next(one for one in path.read_text().splitlines() if one.startswith("VmRSS:"))
    return [int(line.split()[1]) * 1024]
