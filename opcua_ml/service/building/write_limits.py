"""From the section of an output to what may be written to its tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.config import problem
from opcua_ml.domain.errors import ConfigurationError, InputInvalid
from opcua_ml.domain.row import checked_value
from opcua_ml.domain.signature import FLOATING, Input
from opcua_ml.domain.write_limits import WriteLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.config import ModelSection, OutputTag
    from opcua_ml.domain.signature import Output, Signature

_OF_NUMBERS = ("lowest", "highest", "rate", "dead_band")


def write_limits(output: Output, tag: OutputTag) -> WriteLimits:
    """The limits of one output; the section has no `write_problems`."""
    safe = None if tag.safe_value is None else checked_value(_as_input(output), tag.safe_value)
    if safe is not None and output.length > 1:
        return WriteLimits(safe_value=(safe,) * output.length)
    return WriteLimits(tag.lowest, tag.highest, tag.rate, tag.dead_band or 0.0, safe)


def write_problems(
    source: str, name: str, section: ModelSection, signature: Signature
) -> Iterator[ConfigurationError]:
    """What the signature shows to be wrong in the limits of written values."""
    for output in signature.outputs:
        tag = section.outputs.get(output.name)
        if tag is None:
            continue
        key = f"models.{name}.outputs.{output.name}"
        is_number = output.data_type in FLOATING and output.length == 1
        for limit in _OF_NUMBERS:
            if getattr(tag, limit) is not None and not is_number:
                found = f"{output.data_type.value}, {output.length} per row"
                yield problem(
                    source, f"{key}.{limit}", "the output is no single number", found=found, wanted="a Double"
                )
        try:
            write_limits(output, tag)
        except InputInvalid as error:
            yield problem(source, f"{key}.safe_value", error.what, found=error.found, wanted=error.wanted)


def _as_input(output: Output) -> Input:
    """For the check of a value of its type."""
    return Input(output.name, data_type=output.data_type)
