"""Writing variables of the standard address space by their numbers.

Source: OPC UA Part 3, 5.6.2 (Variable attributes).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace


def set_value(aspace: PlantAddressSpace, number: int, value: Any, kind: ua.VariantType) -> None:
    """Set a variable of namespace 0 before anybody watches it; a list becomes an array, also an empty one."""
    now = datetime.now(UTC)
    variant = ua.Variant(value, kind, is_array=isinstance(value, list))
    node = aspace[ua.NodeId(number)]
    node.attributes[ua.AttributeIds.Value].value = ua.DataValue(
        variant, SourceTimestamp=now, ServerTimestamp=now
    )


def compute_value(
    aspace: PlantAddressSpace, number: int, compute: Callable[[], Any], kind: ua.VariantType
) -> None:
    """Let a variable of namespace 0 be computed whenever it is read."""

    def read(_node: ua.NodeId, _attribute: ua.AttributeIds) -> ua.DataValue:
        now = datetime.now(UTC)
        value = compute()
        variant = ua.Variant(value, kind, is_array=isinstance(value, list))
        return ua.DataValue(variant, SourceTimestamp=now, ServerTimestamp=now)

    aspace.set_attribute_value_callback(ua.NodeId(number), ua.AttributeIds.Value, read)


def remove_branch(aspace: PlantAddressSpace, number: int) -> None:
    """Take a node of namespace 0 out of the address space with everything that hangs on it alone."""
    root = ua.NodeId(number)
    node = aspace.get(root)
    if node is None:
        return
    for reference in node.references:
        parent = aspace.get(reference.NodeId) if not reference.IsForward else None
        if parent is not None:
            parent.references = [
                back for back in parent.references if back.NodeId != root or not back.IsForward
            ]
    waiting = [root]
    while waiting:
        found = aspace.get(current := waiting.pop())
        if found is None:
            continue
        waiting += [
            reference.NodeId
            for reference in found.references
            if reference.IsForward
            and reference.NodeClass in {ua.NodeClass.Object, ua.NodeClass.Variable, ua.NodeClass.Method}
            and reference.ReferenceTypeId.Identifier in {ua.ObjectIds.HasComponent, ua.ObjectIds.HasProperty}
        ]
        del aspace[current]
