"""From the tags in the configuration to the bindings of one PLC's connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml import units as units_library
from opcua_ml.application.routing import SampleRouter
from opcua_ml.application.trigger import LEADING
from opcua_ml.config import InputTag, LeadingTrigger
from opcua_ml.domain.unit_contract import UnitContract
from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding, Written
from opcua_ml.service.plc_settings import tag_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.application.stream import Stream
    from opcua_ml.config import ModelSection, PlcSection, Tag
    from opcua_ml.domain.signature import Input, Signature
    from opcua_ml.opcua.plc.address import TagAddress


def read_tags(
    plc: str, section: PlcSection, models: Mapping[str, ModelSection], streams: Mapping[str, Stream]
) -> tuple[list[InputBinding], SampleRouter]:
    """What is read from this PLC, and the way of its samples to the models' streams."""
    bindings: list[InputBinding] = []
    router = SampleRouter()
    for name, model in models.items():
        stream = streams.get(name)
        if stream is None:
            continue
        for index, item, tag in _fed(model, stream.model.signature):
            if tag.plc != plc:
                continue
            address, key = tag_address(section, tag.node), len(bindings)
            label = f"{name}.{item.name if item else 'trigger'}"
            bindings.append(
                InputBinding.of_input(key, item, address, name=label)
                if item
                else InputBinding(key, label, address, None)
            )
            router.add(key, stream, index)
    return bindings, router


def _input_binding(key: int, model: str, item: Input | None, tag: Tag, address: TagAddress) -> InputBinding:
    if item is None:
        return InputBinding(key, f"{model}.trigger", address, data_type=None)
    given, ignore_range = (tag.unit, tag.ignore_range) if isinstance(tag, InputTag) else (None, False)
    units = _contract(item.unit, given)
    return InputBinding.of_input(
        key, item, address, name=f"{model}.{item.name}", units=units, ignore_range=ignore_range
    )


def _contract(wanted: str | None, given: str | None = None) -> UnitContract | None:
    return None if wanted is None else UnitContract(wanted, units_library.conversion, given)


def _fed(model: ModelSection, signature: Signature) -> Iterator[tuple[int, Input | None, Tag]]:
    """Every tag that a model reads, with the input that it feeds; None for a tag that only leads."""
    for index, item in enumerate(signature.inputs):
        if item.name in model.inputs:
            yield index, item, model.inputs[item.name]
    if isinstance(model.trigger, LeadingTrigger) and model.trigger.tag is not None:
        yield LEADING, None, model.trigger.tag


def written_tags(
    plc: str, section: PlcSection, models: Mapping[str, ModelSection], signatures: Mapping[str, Signature]
) -> list[OutputBinding]:
    """What is written to this PLC."""
    bindings: list[OutputBinding] = []
    for name, model in models.items():
        for place, output in enumerate(signatures[name].outputs):
            tag = model.outputs.get(output.name)
            if tag is not None and tag.plc == plc:
                address = tag_address(section, tag.node)
                units = _contract(output.unit)
                bindings.append(OutputBinding.of_output(name, place, output, address, units=units))
        for written, tag in ((Written.QUALITY, model.quality), (Written.REASON, model.reason)):
            if tag is not None and tag.plc == plc:
                label = f"{name}.{written.value}"
                bindings.append(OutputBinding(name, label, tag_address(section, tag.node), written))
    return bindings
