"""From the section of a model to the rules for its inputs and its answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.application.served_model import REFUSING
from opcua_ml.config import problem, unknown_name
from opcua_ml.domain.abstention import Abstention, abstaining
from opcua_ml.domain.details import Port, described, with_details
from opcua_ml.domain.errors import ConfigurationError, InputInvalid
from opcua_ml.domain.input_policy import InputPolicy, JoinPolicy
from opcua_ml.domain.output_rule import output_rule
from opcua_ml.domain.row import checked_value
from opcua_ml.domain.value_range import OutOfRange, OutputsOutOfRange, RangePolicy
from opcua_ml.domain.wording import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.config import InputTag, ModelSection, PlcSection
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.output_rule import OutputRule
    from opcua_ml.domain.signature import Input, Output, Signature


def join_policy(
    section: ModelSection, signature: Signature, plcs: Mapping[str, PlcSection] | None = None
) -> JoinPolicy:
    """How the model's tags become vectors; the section has no `policy_problems`."""
    join, known = section.join, plcs or {}
    corrected = (known[tag.plc].correct_clock for tag in section.inputs.values() if tag.plc in known)
    return JoinPolicy(
        inputs={
            item.name: _input_policy(item, section.inputs[item.name], join.max_age_ms)
            for item in signature.inputs
            if item.name in section.inputs
        },
        default=InputPolicy(max_age=_seconds(join.max_age_ms)),
        ranges=RangePolicy(section.out_of_range or OutOfRange.MARK, section.outside_training),
        max_skew=_seconds(join.max_skew_ms),
        source_time=join.source_time,
        main_input=join.main_input or "",
        corrects_clocks=any(corrected),
    )


def method_ranges(section: ModelSection) -> RangePolicy:
    """What to do with values of method calls that are outside their ranges."""
    return RangePolicy(section.out_of_range or REFUSING.declared, section.outside_training)


def abstention_of(section: ModelSection, signature: Signature) -> Abstention | None:
    """When the model's answer is not told; `signature` is that of its package."""
    least = section.least_confidence
    return None if least is None else Abstention(signature, least)


def output_rule_of(section: ModelSection, signature: Signature) -> OutputRule | None:
    """What is done with answers outside their declared range; None where they are told as they are."""
    return output_rule(signature) if section.outputs_out_of_range is OutputsOutOfRange.MARK else None


def told_signature(section: ModelSection, signature: Signature) -> Signature:
    """The signature that clients see: labels may be «not decidable», too, where the section says so.

    What the section tells displays stands in it, but for what does not fit: see `policy_problems`.
    """
    told = replace(
        signature,
        inputs=tuple(_detailed(section, item) for item in signature.inputs),
        outputs=tuple(_detailed(section, item) for item in signature.outputs),
    )
    return told if section.least_confidence is None else abstaining(told)


def told_card(section: ModelSection, card: ModelCard) -> ModelCard:
    """The card with what the section tells displays of the model."""
    shown = named(card.name, section.display_name) if section.display_name else card.display_name
    return replace(card, display_name=shown, description=described(card.description, section.description))


def policy_problems(
    source: str, name: str, section: ModelSection, signature: Signature
) -> Iterator[ConfigurationError]:
    """What the signature shows to be wrong in the rules."""
    main = section.join.main_input
    if main is not None and main not in signature.names:
        what, wanted = unknown_name("input", main, signature.names)
        yield problem(source, f"models.{name}.join.main_input", what, wanted=wanted)
    for item in signature.inputs:
        tag = section.inputs.get(item.name)
        if tag is None or tag.substitute is None:
            continue
        try:
            checked_value(item, tag.substitute)
        except InputInvalid as error:
            key = f"models.{name}.inputs.{item.name}.substitute"
            yield problem(source, key, error.what, found=error.found, wanted=error.wanted)
    ports: dict[str, Input | Output] = {item.name: item for item in signature.inputs}
    ports |= {item.name: item for item in signature.outputs}
    for port, details in section.details.items():
        key = f"models.{name}.details.{port}"
        if port not in ports:
            what, wanted = unknown_name("input or output", port, list(ports))
            yield problem(source, key, what, wanted=wanted)
            continue
        for wrong in details.told().problems(ports[port].categories):
            yield problem(source, key, wrong)
    try:
        abstention_of(section, signature)
    except ConfigurationError as error:
        key = f"models.{name}.least_confidence"
        yield problem(source, key, error.what, found=error.found, wanted=error.wanted)


def _detailed(section: ModelSection, item: Port) -> Port:
    details = section.details.get(item.name)
    if details is None or any(details.told().problems(item.categories)):
        return item
    return with_details(item, details.told())


def _input_policy(item: Input, tag: InputTag, max_age_ms: int | None) -> InputPolicy:
    given = tag.substitute
    return InputPolicy(
        when_bad=tag.when_bad,
        hold=_seconds(tag.hold_ms) or 0.0,
        substitute=None if given is None else checked_value(item, given),
        max_age=_seconds(max_age_ms if tag.max_age_ms is None else tag.max_age_ms),
        max_unchanged=_seconds(tag.max_unchanged_ms),
        treat_uncertain_as_bad=tag.treat_uncertain_as_bad,
        ignore_skew=tag.ignore_skew,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1e3
