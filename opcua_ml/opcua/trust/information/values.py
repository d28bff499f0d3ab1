"""Writing variables of the standard address space by their numbers.

Source: OPC UA Part 3, 5.6.2 (Variable attributes).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.errors import good
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace


def set_value(aspace: PlantAddressSpace, number: int, value: Any, kind: ua.VariantType) -> None:
    """Set a variable of namespace 0 before anybody watches it; a list becomes an array, also an empty one."""
    now = datetime.now(UTC)
    held = ua.Variant(value, kind, is_array=isinstance(value, list))
    aspace[node_id(number)].attributes[AttributeIds.Value].value = data_value(
        held, good(), source=now, server=now
    )


def compute_value(
    aspace: PlantAddressSpace, number: int, compute: Callable[[], Any], kind: ua.VariantType
) -> None:
    """Let a variable of namespace 0 be computed whenever it is read."""

    def read(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
        now = datetime.now(UTC)
        value = compute()
        held = ua.Variant(value, kind, is_array=isinstance(value, list))
        return data_value(held, good(), source=now, server=now)

    aspace.set_attribute_value_callback(node_id(number), AttributeIds.Value, read)


def remove_branch(aspace: PlantAddressSpace, number: int) -> None:
    """Take a node of namespace 0 out of the address space with everything that hangs on it alone."""
    root = node_id(number)
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
            and reference.ReferenceTypeId.Identifier in {ObjectIds.HasComponent, ObjectIds.HasProperty}
        ]
        del aspace[current]
