"""What a PLC says about one of its tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.domain.signature import DataType, Range

SCALAR = -1
CURRENT_READ = 0x01
CURRENT_WRITE = 0x02


@dataclass(frozen=True, slots=True)
class TagDescription:
    """Attributes of a Variable (OPC UA Part 3, 5.6.2), and what Part 8 puts beside its value.

    Attributes:
        node: NodeId with the namespace index of this session, for messages only.
        type_name: of its data type, as the PLC calls it.
        data_type: the built-in type of its values; None where it is abstract, or of no use to a model.
        is_abstract: whether each value tells its own type, as the data type is a supertype of several.
        value_rank: -1 one value, -2 either, -3 one value or an array, 0 and more an array (Part 3, 5.6.2).
        is_enumeration: whether its numbers stand for names.
        readable, writable: for our user.
        unit: UNECE code of its EngineeringUnits, or None.
        unit_name: as the PLC shows it.
        range: its EURange, in that unit.
    """

    node: str
    type_name: str
    data_type: DataType | None
    is_abstract: bool = False
    value_rank: int = SCALAR
    is_enumeration: bool = False
    readable: bool = True
    writable: bool = True
    unit: str | None = None
    unit_name: str = ""
    range: Range | None = None

    @property
    def text(self) -> str:
        """Type and rank, for sentences."""
        return self.type_name if self.value_rank in (SCALAR, -2, -3) else f"array of {self.type_name}"
