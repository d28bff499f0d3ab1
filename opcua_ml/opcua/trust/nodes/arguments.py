"""The arguments of a Method, held against its InputArguments before its code sees them.

Source: OPC UA Part 4, 5.12.2.2 and 5.12.2.4 (Call); Part 3, 8.6 (Argument).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.ground.ua_values import node_id, status_code, variant
from opcua_ml.opcua.trust.nodes.value_types import bytes_as_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua.server.address_space import AddressSpace, AttributeValue, NodeData

    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_HAS_PROPERTY: Final = node_id(ObjectIds.HasProperty)
_INPUTS: Final = ua.QualifiedName("InputArguments", 0)
_OUTPUTS: Final = ua.QualifiedName("OutputArguments", 0)


def input_arguments(aspace: AddressSpace, method: NodeData) -> Sequence[ua.Argument]:
    """The Method's InputArguments; empty without that property."""
    return _arguments(aspace, method, _INPUTS)


def input_declaration(aspace: AddressSpace, method: NodeData) -> AttributeValue | None:
    """Where the Method's InputArguments are held; None without that property."""
    held = _declaration(aspace, method, _INPUTS)
    return held if held is None or held.value_callback is None else None


def output_arguments(aspace: AddressSpace, method: NodeData) -> Sequence[ua.Argument]:
    """The Method's OutputArguments; empty without that property."""
    return _arguments(aspace, method, _OUTPUTS)


def check_arguments(
    types: ValueTypes, declared: Sequence[ua.Argument], given: Sequence[ua.Variant]
) -> ua.CallMethodResult | None:
    """None if `given` fits, else the refusal: BadArgumentsMissing, BadTooManyArguments or BadInvalidArgument.

    With BadInvalidArgument the InputArgumentResults name every argument's own code: Good, BadTypeMismatch or
    BadOutOfRange.
    """
    if len(given) < len(declared):
        return ua.CallMethodResult(StatusCode=bad(StatusCodes.BadArgumentsMissing))
    if len(given) > len(declared):
        return ua.CallMethodResult(StatusCode=bad(StatusCodes.BadTooManyArguments))
    codes = [_check(types, argument, value) for argument, value in zip(declared, given, strict=True)]
    if not any(codes):
        return None
    return ua.CallMethodResult(
        StatusCode=bad(StatusCodes.BadInvalidArgument),
        InputArgumentResults=[status_code(code) for code in codes],
    )


def as_outputs(result: Any, declared: Sequence[ua.Argument], types: ValueTypes) -> list[ua.Variant]:
    """What a Method returned as Variants; plain values get the type that OutputArguments declares.

    Raises:
        ValueError: another number of values than declared.
    """
    values = [] if result is None else list(result) if isinstance(result, list | tuple) else [result]
    if declared and len(values) != len(declared):
        raise ValueError(f"method returned {len(values)} values; wanted {len(declared)}")
    outputs = []
    for index, value in enumerate(values):
        kinds = types.allowed(declared[index].DataType) if index < len(declared) else frozenset()
        if isinstance(value, ua.Variant):
            outputs.append(value)
        else:
            outputs.append(variant(value, next(iter(kinds)) if len(kinds) == 1 else None))
    return outputs


def exchanged(
    types: ValueTypes, declared: Sequence[ua.Argument], given: Sequence[ua.Variant]
) -> list[ua.Variant]:
    """The arguments as the Method's code wants them: a ByteString for a declared Byte array becomes one."""
    return [_exchange(types, argument, value) for argument, value in zip(declared, given, strict=True)]


def _check(types: ValueTypes, argument: ua.Argument, value: ua.Variant) -> int:
    fitting = _exchange(types, argument, value)
    return types.check(fitting, argument.DataType, argument.ValueRank, argument.ArrayDimensions)


def _exchange(types: ValueTypes, argument: ua.Argument, value: ua.Variant) -> ua.Variant:
    if value.VariantType != ua.VariantType.ByteString or argument.ValueRank == ua.ValueRank.Scalar:
        return value
    return bytes_as_array(value) if ua.VariantType.Byte in types.allowed(argument.DataType) else value


def _declaration(aspace: AddressSpace, method: NodeData, name: ua.QualifiedName) -> AttributeValue | None:
    for reference in method.references:
        if (
            reference.ReferenceTypeId == _HAS_PROPERTY
            and reference.IsForward
            and reference.BrowseName == name
        ):
            node = aspace.get(reference.NodeId)
            return node.attributes.get(AttributeIds.Value) if node is not None else None
    return None


def _arguments(aspace: AddressSpace, method: NodeData, name: ua.QualifiedName) -> Sequence[ua.Argument]:
    declaration = _declaration(aspace, method, name)
    held = declaration.value if declaration is not None else None
    value = held.Value.Value if held is not None and held.Value is not None else None
    return value if isinstance(value, list) else []
