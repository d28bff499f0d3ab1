"""All rows, tried on a few sites at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.integration.fault_matrix.policies import SCAN
from tests.integration.fault_matrix.site import running
from tests.integration.fault_matrix.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.integration.fault_matrix.rows import Row
    from tests.integration.fault_matrix.trial import Cell

    Outcome = dict[str, Cell] | Exception
SITES = 3
"""Pairs of processes; they wait most of the time."""


async def tried(rows: Sequence[Row]) -> dict[str, Outcome]:
    """What came of each row, by its name: its cells by policy, or what was not as it must be."""
    waiting = deque(sorted(rows, key=lambda row: row.seconds, reverse=True))
    outcomes: dict[str, Outcome] = {}
    async with asyncio.TaskGroup() as group:
        for number in range(min(SITES, len(waiting))):
            group.create_task(_work(waiting, outcomes), name=f"site.{number}")
    return outcomes


async def _work(waiting: deque[Row], outcomes: dict[str, Outcome]) -> None:
    """Try rows until none waits; a row that fails gets the next one a new site, as its own may be spoilt."""
    while waiting:
        with TemporaryDirectory() as folder:
            async with running(Path(folder), "--step", str(SCAN)) as site:
                while waiting:
                    row = waiting.popleft()
                    try:
                        outcomes[row.name] = await Trial(site, row).run()
                    except (AssertionError, TimeoutError) as failure:
                        outcomes[row.name] = failure
                        break
