"""One version at work: what computes, what it is called, and the calls that it still owes an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Self

from opcua_ml.application.ports import TellingExecutor
from opcua_ml.application.statistics import LatencyWindow
from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from types import TracebackType

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.abstention import Abstention
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.row import Row


class Serving:
    """A version while it predicts; entered by each call that waits for its executor, so that none is cut off.

    Args:
        card: what the manifest tells.
        executor: the loaded artifact and the place where it runs.
        abstention: when a classifier's answer is not told; None for never.
        reason: why this artifact computes and where, in words.

    Attributes:
        failed: rows on which this version failed.
        inference: its times in the model.
    """

    def __init__(
        self, card: ModelCard, executor: Executor, abstention: Abstention | None = None, reason: str = ""
    ) -> None:
        self.card = card
        self.executor = executor
        self.abstention = abstention
        self.reason = reason
        self.failed = 0
        self.inference = LatencyWindow()
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __enter__(self) -> Self:
        self._calls += 1
        self._idle.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1
        if not self._calls:
            self._idle.set()

    @property
    def work(self) -> tuple[BatchCounts, str]:
        """How calls that waited were taken together, and where they run and why there."""
        executor = self.executor
        if isinstance(executor, TellingExecutor):
            return executor.batches, executor.place
        return BatchCounts(), ""

    @property
    def is_idle(self) -> bool:
        """Whether no call is in it."""
        return not self._calls

    async def idle(self) -> None:
        """Wait until no call is in it any more."""
        await self._idle.wait()


class RowAnswer(NamedTuple):
    """Outputs of one row and the model's seconds for it, or why there are none."""

    outputs: Row | None
    seconds: float
    status: int = Status.Good
    reason: str = ""
    serving: Serving | None = None
