"""A node as it shall be, before it is: what the address space is brought in line with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.standard import HAS_COMPONENT, HAS_PROPERTY, PROPERTY_TYPE
from opcua_ml.opcua.values import NULL, date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    MethodCode = Callable[..., Awaitable[ua.CallMethodResult]]

SCALAR = -1
ONE_DIMENSION = 1


@dataclass(frozen=True, slots=True)
class Value:
    """Data type, shape and first value of a variable.

    Attributes:
        data_type: NodeId of the DataType.
        variant: the first value; under a Bad status it is null.
        status: StatusCode of the first value.
        rank: ValueRank: -1 scalar, 1 array.
        dimensions: ArrayDimensions; empty for a scalar.
        constant: whether the value belongs to the description, so that a new description replaces it.
        writable: whether clients may write it.
        history: path of the HistoricalDataConfiguration of its history; empty where none is kept.
    """

    data_type: ua.NodeId
    variant: ua.Variant = field(default_factory=lambda: NULL)
    status: int = Status.Good
    rank: int = SCALAR
    dimensions: tuple[int, ...] = ()
    constant: bool = False
    writable: bool = False
    history: str = ""

    def data_value(self, at: datetime | None = None) -> ua.DataValue:
        """The first value as attributes hold it, with the moment since which it is so."""
        return ua.DataValue(self.variant, shared_status(self.status), date_time(at), date_time(at))


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One node.

    Attributes:
        path: its string identifier.
        parent: the path of the node that holds it, or a NodeId of the standard's address space.
        name: BrowseName; its text is the DisplayName, too, where there is no `display`.
        description: for the engineer who browses.
        type: its type definition; None for a method.
        reference: by which the parent holds it.
        value: of a variable.
        method: code of a method.
        executable: whether the method can be called.
        display: DisplayName that the site chose; empty for that of the name.
    """

    path: str
    parent: str | ua.NodeId
    name: ua.QualifiedName
    description: str
    type: ua.NodeId | None = None
    reference: ua.NodeId = field(default=HAS_COMPONENT)
    value: Value | None = None
    method: MethodCode | None = None
    executable: bool = True
    display: str = ""

    def live(self) -> Blueprint:
        """The same with a value that changes while the server runs."""
        return self if self.value is None else replace(self, value=replace(self.value, constant=False))

    @property
    def node_class(self) -> ua.NodeClass:
        """Method, Variable or Object, by what it has."""
        if self.method is not None:
            return ua.NodeClass.Method
        return ua.NodeClass.Object if self.value is None else ua.NodeClass.Variable


def property_of(
    parent: str, name: str | ua.QualifiedName, description: str, data_type: ua.NodeId, variant: ua.Variant
) -> Blueprint:
    """A constant property, such as EURange; an array's shape follows its value.

    Args:
        parent: path of its owner.
        name: BrowseName; a plain text is one of the standard's.
        description: for the engineer who browses.
        data_type: NodeId of its DataType.
        variant: the value.
    """
    browse_name = ua.QualifiedName(name, ua.UInt16(0)) if isinstance(name, str) else name
    rank, dimensions = (ONE_DIMENSION, (0,)) if variant.is_array else (SCALAR, ())
    return Blueprint(
        f"{parent}.{browse_name.Name}",
        parent,
        browse_name,
        description,
        PROPERTY_TYPE,
        HAS_PROPERTY,
        Value(data_type, variant, rank=rank, dimensions=dimensions, constant=True),
    )
