"""A place in the queue of `turns`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.trust.ground.flow import Flow


class Turn:
    """Of one flow.

    Attributes:
        flow: whose.
        expected: seconds that it was expected to last when it was queued.
        charged: what was added to the flow's tag for it.
        over: what its flow had taken beyond expectation when it was queued.
        since: when it was queued.
        work: what is done when it comes up; None where it was cancelled.
    """

    __slots__ = ("charged", "expected", "flow", "over", "since", "work")

    def __init__(self, flow: Flow, charged: float, since: float) -> None:
        self.flow = flow
        self.expected = flow.lasts
        self.charged = charged
        self.over = flow.over
        self.since = since
        self.work: Callable[[], object] | None = None

    def cancel(self) -> None:
        """It will not come up."""
        self.work = None
