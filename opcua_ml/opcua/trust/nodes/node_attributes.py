"""Attributes of nodes that are added, as asyncua makes them, with one object for all that are alike.

Most attributes of most nodes are the same few values. A DataValue in the address space is replaced and never
changed in place, so that nodes may share it; this takes most of the time and memory out of adding a node.

Source: OPC UA Part 4, 7.24 (NodeAttributes); Part 3, 5 (the node model).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.server.address_space import AttributeValue
from asyncua.ua.attribute_ids import AttributeIds

if TYPE_CHECKING:
    from collections.abc import Callable

_ua: Any = ua
_TYPE: Final = ua.VariantType
_ROWS: Final[tuple[tuple[str, ua.VariantType], ...]] = (
    ("AccessLevel", _TYPE.Byte),
    ("ArrayDimensions", _TYPE.UInt32),
    ("BrowseName", _TYPE.QualifiedName),
    ("ContainsNoLoops", _TYPE.Boolean),
    ("DataType", _TYPE.NodeId),
    ("Description", _TYPE.LocalizedText),
    ("DisplayName", _TYPE.LocalizedText),
    ("EventNotifier", _TYPE.Byte),
    ("Executable", _TYPE.Boolean),
    ("Historizing", _TYPE.Boolean),
    ("InverseName", _TYPE.LocalizedText),
    ("IsAbstract", _TYPE.Boolean),
    ("MinimumSamplingInterval", _TYPE.Double),
    ("NodeClass", _TYPE.Int32),
    ("NodeId", _TYPE.NodeId),
    ("Symmetric", _TYPE.Boolean),
    ("UserAccessLevel", _TYPE.Byte),
    ("UserExecutable", _TYPE.Boolean),
    ("ValueRank", _TYPE.Int32),
    ("WriteMask", _TYPE.UInt32),
    ("UserWriteMask", _TYPE.UInt32),
)
"""Fields of NodeAttributes, but for the value and the definition of a DataType, with their types."""
_SHARED: Final = 4096
"""Values that are remembered; nodes beyond have their own."""


class SharedAttribute(AttributeValue):
    """An AttributeValue that has a place for watchers only once somebody watches."""

    __slots__ = ("_callbacks", "value", "value_callback", "value_setter")

    def __init__(self, value: ua.DataValue) -> None:
        # The base's own start is left out: it makes a dictionary for watchers, and most attributes have none.
        self.value: ua.DataValue | None = value
        self.value_callback = None
        self.value_setter = None
        self._callbacks: dict[int, Callable[..., Any]] | None = None

    @property
    def datachange_callbacks(self) -> dict[int, Callable[..., Any]]:
        """The watchers by their handles."""
        found = self._callbacks
        if found is None:
            found = self._callbacks = {}
        return found

    @datachange_callbacks.setter
    def datachange_callbacks(self, callbacks: dict[int, Callable[..., Any]]) -> None:
        self._callbacks = callbacks


class LaterAttribute(SharedAttribute):
    """A SharedAttribute whose DataValue is made when somebody first asks for it.

    Args:
        make: makes it of the content.
        content: what the node has been given.
    """

    __slots__ = ("_content", "_make", "_value")

    def __init__(self, make: Callable[[Any], ua.DataValue], content: Any) -> None:
        # The base's own start is left out: it would store the value.
        self._make = make
        self._content = content
        self._value: ua.DataValue | None = None
        self.value_callback = None
        self.value_setter = None
        self._callbacks = None

    @property
    def value(self) -> ua.DataValue | None:
        """The same object until another one takes its place."""
        found = self._value
        if found is None:
            found = self._value = self._make(self._content)
        return found

    @value.setter
    def value(self, value: ua.DataValue | None) -> None:
        self._value = value


class NodeAttributes:
    """Makes the attributes of nodes, and remembers the values that they have in common."""

    def __init__(self) -> None:
        self._rows: dict[int, list[tuple[str, AttributeIds, ua.VariantType]]] = {}
        self._values: dict[tuple[str, Any], ua.DataValue] = {}

    def common(self, item: ua.AddNodesItem) -> dict[AttributeIds, AttributeValue]:
        """All attributes that the item specifies, but for Value and DataTypeDefinition."""
        given: Any = item.NodeAttributes
        attributes: dict[AttributeIds, AttributeValue] = {
            AttributeIds.NodeId: _own(item.RequestedNewNodeId, _TYPE.NodeId),
            AttributeIds.BrowseName: _own(item.BrowseName, _TYPE.QualifiedName),
            AttributeIds.NodeClass: self._attribute("NodeClass", item.NodeClass, _TYPE.Int32),
        }
        specified = int(given.SpecifiedAttributes)
        rows = self._rows.get(specified)
        if rows is None:
            rows = self._rows[specified] = [
                (name, AttributeIds[name], kind)
                for name, kind in _ROWS
                if specified & int(getattr(ua.NodeAttributesMask, name))
            ]
        for name, attribute, kind in rows:
            attributes[attribute] = self._attribute(name, getattr(given, name), kind)
        return attributes

    def _attribute(self, name: str, value: Any, kind: ua.VariantType) -> AttributeValue:
        """By an own DataValue, or the one that all such attributes have."""
        if isinstance(value, ua.LocalizedText):
            if value.Text is not None or value.Locale is not None:
                return _own(value, kind)
            key: Any = None
        elif isinstance(value, list):
            key = (*value,)
        else:
            key = value
        shared = self._values.get((name, key))
        if shared is None:
            shared = _ua.DataValue(_ua.Variant(value, kind, None, name == "ArrayDimensions"))
            if len(self._values) < _SHARED:
                self._values[name, key] = shared
        return SharedAttribute(shared)


def _own(value: Any, kind: ua.VariantType) -> AttributeValue:
    return SharedAttribute(_ua.DataValue(_ua.Variant(value, kind, None, False)))
