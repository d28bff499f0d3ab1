"""What an alarm is, apart from how it stands: its name, its kind and what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.domain.alarm.limits import LimitBand


class AlarmKind(Enum):
    """What raises it."""

    LIMIT = "a number beyond its limits"
    OFF_NORMAL = "a class that means a fault"
    INPUTS = "inputs that can't be used"
    MODEL = "a model that has failed"
    PLC = "a PLC that is not connected"
    HISTORY = "a history that is not recorded"
    DRIFT = "data unlike those of the training"


@dataclass(frozen=True, slots=True)
class AlarmCard:
    """One alarm.

    Attributes:
        name: unique among those of its model or PLC; ConditionName.
        kind: what raises it.
        description: for the engineer who browses.
        model: that it belongs to; empty for a PLC's, and for one of the service itself.
        plc: that it belongs to; empty for a model's, and for one of the service itself.
        output: whose value raises it; empty where none does.
        band: the limits, for the kind LIMIT.
    """

    name: str
    kind: AlarmKind
    description: str
    model: str = ""
    plc: str = ""
    output: str = ""
    band: LimitBand | None = None

    @property
    def key(self) -> str:
        """Unique among all alarms of the service, and the same in every run of it."""
        if self.model:
            return f"models.{self.model}.{self.name}"
        return f"plcs.{self.plc}.{self.name}" if self.plc else f"service.{self.name}"
