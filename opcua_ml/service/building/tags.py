"""From the tags in the configuration to the bindings of one PLC's connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opcua_ml import units as units_library
from opcua_ml.application.routing import SampleRouter
from opcua_ml.application.trigger import DONE_ID, LEADING, REQUEST_ID
from opcua_ml.config import HandshakeTrigger, InputTag, LeadingTrigger
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.unit_contract import UnitContract
from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding, Written
from opcua_ml.service.building.plc_settings import tag_address
from opcua_ml.service.building.write_limits import write_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.application.result_context import ResultContext
    from opcua_ml.application.stream import Stream
    from opcua_ml.config import ModelSection, PlcSection, Tag
    from opcua_ml.domain.signature import Input, Signature
    from opcua_ml.opcua.plc.address import TagAddress

_WORDS = {REQUEST_ID: "request_id", DONE_ID: "done_id"}


@dataclass(slots=True)
class ReadTags:
    """What is read from one PLC, and where it goes.

    Attributes:
        bindings: of all tags.
        router: the way of their samples to the models' streams.
        fresh: by model that is asked by words here: keys of what must be read when a request was seen.
    """

    bindings: list[InputBinding] = field(default_factory=list)
    router: SampleRouter = field(default_factory=SampleRouter)
    fresh: dict[str, set[int]] = field(default_factory=dict)


def read_tags(
    plc: str,
    section: PlcSection,
    models: Mapping[str, ModelSection],
    streams: Mapping[str, Stream],
    contexts: Mapping[str, ResultContext],
) -> ReadTags:
    """What is read from this PLC, and the way of its samples to the models' streams and results."""
    read = ReadTags()
    for name, model in models.items():
        stream = streams.get(name)
        if stream is None:
            continue
        keys = set()
        for index, item, tag in _fed(model, stream.model.signature):
            if tag.plc != plc:
                continue
            address, key = tag_address(section, tag.node, tag.field), len(read.bindings)
            read.bindings.append(_input_binding(key, name, (index, item), tag, address))
            read.router.add(key, stream, index)
            keys.add(key)
        for index, (word, told) in enumerate(model.results.tags.items()):
            if told.plc != plc:
                continue
            address, key = tag_address(section, told.node, told.field), len(read.bindings)
            label = f"{name}.results.{word}"
            read.bindings.append(InputBinding(key, label, address, DataType.STRING, digits=True))
            read.router.add_ahead(key, contexts[name], index)
            keys.add(key)
        words = model.trigger
        if isinstance(words, HandshakeTrigger) and words.request_id and words.request_id.plc == plc:
            read.fresh[name] = keys
    return read


def _input_binding(
    key: int, model: str, place: tuple[int, Input | None], tag: Tag, address: TagAddress
) -> InputBinding:
    index, item = place
    if index in _WORDS:
        return InputBinding(key, f"{model}.{_WORDS[index]}", address, DataType.INT64)
    if item is None:
        return InputBinding(key, f"{model}.trigger", address, data_type=None)
    given, ignore_range = (tag.unit, tag.ignore_range) if isinstance(tag, InputTag) else (None, False)
    units = _contract(item.unit, given)
    return InputBinding.of_input(
        key, item, address, name=f"{model}.{item.name}", units=units, ignore_range=ignore_range, model=model
    )


def _contract(wanted: str | None, given: str | None = None) -> UnitContract | None:
    return None if wanted is None else UnitContract(wanted, units_library.conversion, given)


def _fed(model: ModelSection, signature: Signature) -> Iterator[tuple[int, Input | None, Tag]]:
    """Every tag that a model reads, with the input that it feeds; None for one that feeds none."""
    for index, item in enumerate(signature.inputs):
        if item.name in model.inputs:
            yield index, item, model.inputs[item.name]
    if isinstance(model.trigger, LeadingTrigger) and model.trigger.tag is not None:
        yield LEADING, None, model.trigger.tag
    if isinstance(model.trigger, HandshakeTrigger):
        for key, word in ((DONE_ID, model.trigger.done_id), (REQUEST_ID, model.trigger.request_id)):
            if word is not None:
                yield key, None, word


def written_tags(
    plc: str, section: PlcSection, models: Mapping[str, ModelSection], signatures: Mapping[str, Signature]
) -> list[OutputBinding]:
    """What is written to this PLC."""
    bindings: list[OutputBinding] = []
    for name, model in models.items():
        for place, output in enumerate(signatures[name].outputs):
            tag = model.outputs.get(output.name)
            if tag is not None and tag.plc == plc:
                address = tag_address(section, tag.node, tag.field)
                units = _contract(output.unit)
                bindings.append(
                    OutputBinding.of_output(
                        name,
                        place,
                        output,
                        address,
                        units=units,
                        limits=write_limits(output, tag),
                        read_back=tag.read_back,
                    )
                )
        for written, word in _words(model):
            if word is not None and word.plc == plc:
                label = f"{name}.{written.value}"
                address = tag_address(section, word.node, word.field)
                bindings.append(OutputBinding(name, label, address, written))
    return bindings


def _words(model: ModelSection) -> Iterator[tuple[Written, Tag | None]]:
    """What is written beside the outputs; the done id is no output either."""
    yield Written.QUALITY, model.quality
    yield Written.REASON, model.reason
    if isinstance(model.trigger, HandshakeTrigger):
        yield Written.RESULT_CODE, model.trigger.result_code
        yield Written.DONE_ID, model.trigger.done_id
