"""All rows, tried on a few sites at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.integration.fault_matrix.plc import Plc
from tests.integration.fault_matrix.policies import COLUMNS, OTHER, SCAN
from tests.integration.fault_matrix.site import running
from tests.integration.fault_matrix.trial import NotInTime, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.fault_matrix.policies import Policy
    from tests.integration.fault_matrix.rows import Row
    from tests.integration.fault_matrix.trial import Cell

    Outcome = dict[str, Cell] | Exception
SITES = 3
"""Pairs of processes; they wait most of the time."""


def simulated() -> Plc:
    """A PLC of the simulator."""
    return Plc("--step", str(SCAN))


async def tried(
    rows: Sequence[Row], make: Callable[[], Plc] = simulated, sites: int = SITES
) -> dict[str, Outcome]:
    """What came of each row, by its name: its cells by policy, or what was not as it must be.

    Args:
        rows: to try.
        make: makes the PLC of a site.
        sites: how many are at work at the same time.
    """
    waiting = deque(sorted(rows, key=lambda row: row.seconds, reverse=True))
    outcomes: dict[str, Outcome] = {}
    other = Plc("--step", str(SCAN), seed=8)
    try:
        await other.start()
        async with asyncio.TaskGroup() as group:
            for number in range(min(sites, len(waiting))):
                # Nobody disturbs it: one for all, which has a result tag for each.
                columns = [
                    replace(one, result=f"Value{number + 1}") if one.result_at == OTHER else one
                    for one in COLUMNS
                ]
                group.create_task(_work(waiting, outcomes, make, columns, other), name=f"site.{number}")
    finally:
        await other.kill()
    return outcomes


async def _work(
    waiting: deque[Row],
    outcomes: dict[str, Outcome],
    make: Callable[[], Plc],
    columns: Sequence[Policy],
    other: Plc,
) -> None:
    """Try rows until none waits; a row that fails gets the next one a new site, as its own may be spoilt.

    A row that was not followed in time is tried once more; one with a wrong quality never is.
    """
    late: set[str] = set()
    while waiting:
        with TemporaryDirectory() as folder:
            async with running(Path(folder), make(), columns, other=other) as site:
                while waiting:
                    row = waiting.popleft()
                    try:
                        outcomes[row.name] = await Trial(site, row).run()
                    except (NotInTime, TimeoutError) as failure:
                        outcomes[row.name] = failure
                        if row.name not in late:
                            late.add(row.name)
                            waiting.appendleft(row)
                        break
                    except AssertionError as failure:
                        outcomes[row.name] = failure
                        break
