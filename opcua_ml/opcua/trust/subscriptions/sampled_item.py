"""When a monitored item looks at its attribute.

Source: OPC UA Part 4, 5.13.1.2 (Sampling interval).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from opcua_ml.opcua.trust.subscriptions.item import DISABLED, Granted, Item

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.opcua.trust.subscriptions.item import ItemService


class SampledItem(Item):
    """Looks at a change at once, or at the end of the sampling interval that the last look has begun.

    Attributes:
        polled: whether it looks after each interval, as nobody tells it of changes.
        closed: whether it is deleted.
    """

    __slots__ = ("_due", "_sampling", "_scheduled", "closed", "polled")

    def __init__(self, service: ItemService, item_id: int, node_id: ua.NodeId, granted: Granted) -> None:
        super().__init__(service, item_id, node_id, granted)
        self.polled = False
        self.closed = False
        self._due = 0.0
        self._scheduled = False
        self._sampling = 0

    @abstractmethod
    def sample_now(self) -> None:
        """Look at the attribute as it is."""

    def sample_due(self, now: float) -> None:
        """The sampling interval is over."""
        self._scheduled = False
        if self.closed or self.mode is DISABLED:
            return
        self._look_later(now)
        if self.polled:
            self._wait()
        self.sample_now()

    def _held_back(self) -> bool:
        """Whether the change has to wait for a sample that is due later, or is of no interest."""
        if self.mode is DISABLED:
            return True
        if self.granted.sampling_interval > 0 and self.service.now() < self._due:
            self._wait()
            return True
        return False

    def _looks(self) -> bool:
        """Whether the change is looked at now; the next one then has to wait for the sampling interval."""
        if self._held_back():
            return False
        if self.granted.sampling_interval > 0:
            self._look_later(self.service.now())
        return True

    def _wait(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._sampling = self.service.schedule.at(self._due, self)

    def _wait_no_more(self) -> bool:
        """No sample is due any more; whether one was."""
        scheduled, self._scheduled = self._scheduled, False
        if scheduled:
            self.service.schedule.withdraw(self._sampling)
        return scheduled

    def _look_later(self, now: float) -> None:
        """It looks now, and again after the interval at the earliest."""
        self._due = now + self.granted.sampling_interval / 1000

    def _look_sooner(self, moment: float) -> None:
        """The next look is due at this moment, if it was not before it anyway."""
        if moment < self._due:
            self._due = moment
            if self._scheduled:
                self.service.schedule.withdraw(self._sampling)
                self._sampling = self.service.schedule.at(moment, self)
