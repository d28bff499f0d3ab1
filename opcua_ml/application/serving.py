"""One version at work: what computes, what it is called, and the calls that it still owes an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from opcua_ml.application.ports import TellingExecutor
from opcua_ml.domain.batch_counts import BatchCounts

if TYPE_CHECKING:
    from types import TracebackType

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.abstention import Abstention
    from opcua_ml.domain.card import ModelCard


class Serving:
    """A version while it predicts; entered by each call that waits for its executor, so that none is cut off.

    Args:
        card: what the manifest tells.
        executor: the loaded artifact and the place where it runs.
        abstention: when a classifier's answer is not told; None for never.
    """

    def __init__(self, card: ModelCard, executor: Executor, abstention: Abstention | None = None) -> None:
        self.card = card
        self.executor = executor
        self.abstention = abstention
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
