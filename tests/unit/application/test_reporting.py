"""How the counters of many models are shown."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.application.reporting import ModelReporter
from opcua_ml.application.served_model import ServedModel
from tests.unit.application.stand_ins import CARD, Adder, Book, HandClock

if TYPE_CHECKING:
    from opcua_ml.application.statistics import ModelStatistics

MODELS = 45


class Counted(Book):
    """Keeps when each model's statistics came, by the event loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: dict[str, list[float]] = {}
        self.told = asyncio.Event()

    async def publish_statistics(self, model: str, statistics: ModelStatistics) -> None:  # noqa: ARG002
        """Note the time."""
        self.moments.setdefault(model, []).append(asyncio.get_running_loop().time())
        self.told.set()


async def test_counters_of_many_models_are_spread_over_the_period() -> None:
    """Each model has its turn in every period, and never do all have it at once: predictions would wait."""
    models = [
        ServedModel(replace(CARD, name=f"m{number}"), Adder(), HandClock(), run_id="r")
        for number in range(MODELS)
    ]
    book = Counted()
    reporter = ModelReporter(models, book, period=0.2)
    task = asyncio.create_task(reporter.run())
    async with asyncio.timeout(5):
        while len(book.moments) < MODELS or min(map(len, book.moments.values())) < 2:
            await book.told.wait()
            book.told.clear()
    task.cancel()
    first = [times[0] for times in book.moments.values()]
    assert max(first) - min(first) >= 0.1
    assert max(map(len, book.moments.values())) <= 3


async def test_a_service_without_models_reports_nothing() -> None:
    """And goes on."""
    book = Counted()
    task = asyncio.create_task(ModelReporter([], book, period=0.01).run())
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    assert book.moments == {}
