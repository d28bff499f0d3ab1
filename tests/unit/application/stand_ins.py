"""A clock to turn by hand, a model that adds its inputs, and a publisher that remembers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from opcua_ml.application.statistics import ModelStatistics
from opcua_ml.domain.card import ModelCard
from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import InferenceFailed
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.queue_state import QueueState
from opcua_ml.domain.row import Row
from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import Input, Output, Range, Signature, Task
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.status import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self.seconds

    def now(self) -> datetime:
        """Noon, and the seconds since."""
        return NOON + timedelta(seconds=self.seconds)


class Clock(HandClock):
    """Goes as the event loop does."""

    def monotonic(self) -> float:
        """The event loop's time."""
        return asyncio.get_running_loop().time()


class Adder:
    """An executor whose model adds the inputs of a row, and fails on the number 13."""

    backend = "addition"
    waiting: QueueState | None = None

    def __init__(self, *, inline: bool = True) -> None:
        self.inline = inline

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Sums; raises where a row has a 13."""
        if any(13.0 in row for row in rows):
            raise InferenceFailed("13 is not to be added", where="adder")
        return [(sum(value for value in row if isinstance(value, float)),) for row in rows]

    async def run(self, rows: Sequence[Row]) -> Computation:
        """The same one turn of the loop later."""
        await asyncio.sleep(0)
        return Computation(self.predict(rows), 0.0)

    def close(self) -> None:
        """Nothing to let go."""


class Slow(Adder):
    """Takes longer than anybody waits, until it is let go."""

    def __init__(self) -> None:
        super().__init__(inline=False)
        self.started, self.go_on = asyncio.Event(), asyncio.Event()

    async def run(self, rows: Sequence[Row]) -> Computation:
        """Wait first."""
        self.started.set()
        await self.go_on.wait()
        return await super().run(rows)


class Book:
    """A publisher and sink that keeps what it is given."""

    def __init__(self) -> None:
        self.published: list[Prediction] = []
        self.submitted: list[Prediction] = []
        self.beats: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def publish(self, prediction: Prediction) -> None:
        """Keep it and wake who waits."""
        self.published.append(prediction)
        self._changed.set()

    async def publish_state(self, model: str, state: ModelState, reason: str) -> None:
        """Not of interest here."""

    async def publish_statistics(self, model: str, statistics: ModelStatistics) -> None:
        """Not of interest here."""

    async def publish_heartbeat(self, model: str, beats: int) -> None:
        """Keep the last one of each model."""
        self.beats[model] = beats
        self._changed.set()

    def submit(self, prediction: Prediction) -> None:
        """Keep it."""
        self.submitted.append(prediction)

    @property
    def answers(self) -> list[Prediction]:
        """The published ones that answer a request."""
        return [one for one in self.published if one.request_id is not None]

    async def answered(self, request_id: int) -> Prediction:
        """The answer to this request, as soon as there is one."""
        async with asyncio.timeout(5):
            while not (found := [one for one in self.answers if one.request_id == request_id]):
                self._changed.clear()
                await self._changed.wait()
        return found[-1]

    async def until(self, count: int) -> list[Prediction]:
        """The published ones, as soon as there are so many."""
        async with asyncio.timeout(5):
            while len(self.published) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.published


def tag(value: Value | None, seconds: float = 0, status: int = Status.Good) -> Sample:
    """A sample stamped so many seconds after noon."""
    return Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


CARD = ModelCard(
    name="adder",
    version="1.2.0",
    task=Task.REGRESSION,
    signature=Signature((Input("a", range=Range(-100, 100)), Input("b")), (Output("sum"),)),
    content_hash="0" * 64,
)
