"""Arguments of a model's methods, derived from its signature, and the values that clients put in them.

Source: OPC UA Part 3, 8.6 (Argument).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.errors import ArgumentsMissing, InputTypeMismatch, TooManyArguments
from opcua_ml.opcua.space.shown_types import input_range, output_data_type, output_range
from opcua_ml.opcua.space.variable_properties import span_words, window_words
from opcua_ml.opcua.texts import joined, phrase, said, text
from opcua_ml.opcua.values import data_type_id, variant_type

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import DataType, Input, Output, Range
    from opcua_ml.domain.wording import Wording

SCALAR, ONE_OR_MORE_DIMENSIONS, ONE_DIMENSION, TWO_DIMENSIONS = -1, 0, 1, 2


def argument(
    name: str, data_type: ua.NodeId, description: str, rank: int = SCALAR, dimensions: tuple[int, ...] = ()
) -> ua.Argument:
    """One Argument; a dimension of 0 is of any length."""
    return ua.Argument(
        Name=ua.String(name),
        DataType=data_type,
        ValueRank=ua.Int32(rank),
        ArrayDimensions=[ua.UInt32(length) for length in dimensions],
        Description=text(description),
    )


def input_argument(item: Input) -> ua.Argument:
    """The argument of one input in `Predict`."""
    shape = (ONE_DIMENSION, (item.length,)) if item.is_array else (SCALAR, ())
    return argument(item.name, data_type_id(item.data_type), described_input(item), *shape)


def output_argument(item: Output) -> ua.Argument:
    """The result of one output in `Predict`."""
    shape = (ONE_DIMENSION, (item.length,)) if item.length > 1 else (SCALAR, ())
    return argument(item.name, data_type_id(output_data_type(item)), described_output(item), *shape)


def described_input(item: Input) -> Wording:
    """What an engineer must know to fill in the value: meaning, unit, range, choices, window."""
    words: list[str] = [item.description or item.details.display_name or item.name]
    words += _unit(item.unit)
    if item.categories:
        words.append(phrase("one of {choices}", choices=", ".join(map(str, item.categories))))
    else:
        words += _range(input_range(item), "range {span}" if item.range else "seen in training {span}")
    words += _window(item)
    if item.allow_missing:
        words.append(said("NaN where not known"))
    return joined("; ", words)


def described_output(item: Output) -> Wording:
    """What an engineer must know to read the value."""
    words: list[str] = [
        item.description or phrase("{name} ({role})", name=item.name, role=said(item.role.value))
    ]
    words += _unit(item.unit)
    if item.categories and item.length > 1:
        words.append(phrase("in the order {choices}", choices=", ".join(item.categories)))
    elif item.categories:
        words.append(", ".join(f"{index} = {name}" for index, name in enumerate(item.categories)))
    return joined("; ", words + _range(output_range(item), "range {span}"))


def _unit(code: str | None) -> list[str]:
    return [phrase("unit {symbol}", symbol=engineering_unit(code).symbol)] if code else []


def _window(item: Input) -> list[str]:
    return [] if item.window is None else [window_words(item.window)]


def _range(span: Range | None, template: str) -> list[str]:
    return [phrase(template, span=span_words(span))] if span else []


def check_count(given: int, wanted: int) -> None:
    """Hold the number of arguments against the declared one.

    Raises:
        ArgumentsMissing, TooManyArguments: they differ.
    """
    if given < wanted:
        raise ArgumentsMissing("arguments are missing", found=given, wanted=wanted)
    if given > wanted:
        raise TooManyArguments("there are too many arguments", found=given, wanted=wanted)


def given_value(item: Input, variant: ua.Variant, index: int) -> Value:
    """The value of an argument of `Predict`, whose type must be exactly the declared one.

    Raises:
        InputTypeMismatch: other type or rank, null, or an array of another length.
    """
    wanted = item.length if item.is_array else None
    members = given_members(variant, item.data_type)
    is_matrix = len(variant.Dimensions or ()) > 1
    wrong_shape = len(members or ()) != wanted if wanted is not None else variant.is_array
    if members is None or is_matrix or wrong_shape:
        shape = "" if wanted is None else f"[{wanted}]"
        raise mismatch(item.name, variant, f"{item.data_type.value}{shape}", index)
    return tuple(members) if wanted is not None else members[0]


def given_members(variant: ua.Variant, data_type: DataType) -> list[Any] | None:
    """The members of a Variant in row-major order; None where its type is not exactly this."""
    if variant.VariantType != variant_type(data_type) or variant.Value is None:
        return None
    members = ua.flatten(variant.Value) if variant.is_array else [variant.Value]
    return None if members is None or any(member is None for member in members) else members


def mismatch(name: str, variant: ua.Variant, wanted: str, index: int, row: int = 0) -> InputTypeMismatch:
    """The refusal of an argument of another type."""
    found = getattr(variant.VariantType, "name", str(variant.VariantType)) + (
        "[]" if variant.is_array else ""
    )
    return InputTypeMismatch("wrong type", index=index, row=row, where=name, found=found, wanted=wanted)
