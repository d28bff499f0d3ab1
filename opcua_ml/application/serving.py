"""One version at work: what computes, what it is called, and the calls that it still owes an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from opcua_ml.application.latency import LatencyWindow
from opcua_ml.application.ports import TellingExecutor
from opcua_ml.application.quick import quick_of
from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from types import TracebackType

    from opcua_ml.application.ports import Executor, QuickExecutor
    from opcua_ml.domain.abstention import Abstention
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.output_rule import OutputRule
    from opcua_ml.domain.row import Row


class Serving:
    """A version while it predicts; entered by each call that waits for its executor, so that none is cut off.

    Args:
        card: what the manifest tells.
        executor: the loaded artifact and the place where it runs.
        abstention: when a classifier's answer is not told; None for never.
        reason: why this artifact computes and where, in words.
        rule: for answers outside their declared range; None where those are told as Good.

    Attributes:
        quick: the executor's short way for single rows.
        version: of the card.
        judges: whether answers are looked at before they are told.
        failed: rows on which this version failed.
        settle: brings the times up to date.
    """

    def __init__(
        self,
        card: ModelCard,
        executor: Executor,
        abstention: Abstention | None = None,
        reason: str = "",
        rule: OutputRule | None = None,
    ) -> None:
        self.card = card
        self.version = card.version
        self.run_on(executor)
        self.abstention = abstention
        self.rule = rule
        self.judges = abstention is not None or rule is not None
        self.reason = reason
        self.failed = 0
        self.settle = _nothing
        self._inference = LatencyWindow()
        self._calls = 0

    def run_on(self, executor: Executor) -> None:
        """Let this executor compute from now on."""
        self.executor = executor
        self.quick: QuickExecutor = quick_of(executor)

    def __enter__(self) -> Self:
        self._calls += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1

    def failed_on(self, rows: int) -> None:
        """Count rows on which it failed."""
        self.failed += rows

    @property
    def inference(self) -> LatencyWindow:
        """Its times in the model."""
        self.settle()
        return self._inference

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


def _nothing() -> None:
    """As long as it does not predict, all is up to date."""


class RowAnswer(NamedTuple):
    """Outputs of one row and the model's seconds for it, or why there are none."""

    outputs: Row | None
    seconds: float
    status: int = Status.Good
    reason: str = ""
    serving: Serving | None = None
