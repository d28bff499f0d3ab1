"""What tags are tried with where no network is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.domain.signature import DataType
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding
from opcua_ml.opcua.plc.description import TagDescription
from opcua_ml.opcua.plc.input_tag import InputTag
from opcua_ml.opcua.plc.inspection import Found
from opcua_ml.opcua.plc.settings import PlcSecurity, PlcSettings, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.sample import Sample

URI = "urn:plant:line1"
SETTINGS = PlcSettings("line1", "opc.tcp://127.0.0.1:4840", PlcSecurity(policy=Policy.NONE))


class HandClock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.seconds

    def now(self) -> datetime:
        """Wall clock."""
        return datetime.fromtimestamp(self.seconds, UTC)


class Received:
    """Keeps what it receives."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, Sample]]] = []

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take a batch."""
        self.batches.append(list(samples))

    @property
    def last(self) -> list[tuple[int, Sample]]:
        """The last batch."""
        return self.batches[-1]


def found(kind: DataType | None = DataType.DOUBLE, index: tuple[int, ...] = (), **changes: Any) -> Found:
    """A tag as if found at a PLC; without a type it is abstract."""
    name = kind.value if kind else "Number"
    description = TagDescription(
        node="ns=2;s=flow", type_name=name, data_type=kind, is_abstract=kind is None, **changes
    )
    return Found(ua.NodeId(), index, ua.NodeId(), description, ua.DataValue())


def tag(key: int = 0, **changes: Any) -> InputTag:
    """A tag that is not bound yet."""
    return InputTag(InputBinding(key, "flow", TagAddress(URI, f"flow{key}"), **changes), SETTINGS)


def bound(key: int = 0, at_plc: Found | None = None, **changes: Any) -> InputTag:
    """A tag bound to what was found."""
    one = tag(key, **changes)
    one.bind(at_plc or found())
    return one
