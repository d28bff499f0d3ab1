"""From the tables `models.<name>.alarms` to alarms, held against the model's signature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.application.alarms.card import AlarmCard, AlarmKind
from opcua_ml.application.alarms.watches import ClassWatch, LimitWatch
from opcua_ml.config import problem, unknown_name
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.domain.alarm.condition import ConditionRules
from opcua_ml.domain.alarm.limits import Limit, LimitBand
from opcua_ml.domain.alarm.ranges import OutputRanges
from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import DataType, OutputRole
from opcua_ml.opcua.texts import joined, phrase, said
from opcua_ml.service.building.alarm_words import class_words, limit_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.application.alarms.watches import Watch
    from opcua_ml.config import AlarmSection, ModelSection
    from opcua_ml.domain.alarm.condition import Condition
    from opcua_ml.domain.errors import ConfigurationError
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Output, Signature

_ANOMALY: Mapping[Value, str] = {True: "anomaly", False: "normal"}


def alarm_problems(
    source: str, model: str, section: ModelSection, signature: Signature
) -> Iterator[ConfigurationError]:
    """What the signature shows to be wrong in the alarms; it is the one that clients see."""
    known = [item.name for item in signature.outputs]
    for name, alarm in section.alarms.items():
        key = f"models.{model}.alarms.{name}"
        if alarm.output not in known:
            what, wanted = unknown_name("output", alarm.output, known)
            yield problem(source, f"{key}.output", what, wanted=wanted)
            continue
        item = signature.outputs[known.index(alarm.output)]
        if alarm.limits and not _is_number(item):
            found = f"{item.name} ({item.role.value})"
            yield problem(source, key, "limits are for single numbers", found=found, wanted="off_normal")
        values = _values(item)
        for value in alarm.off_normal:
            if not _is_discrete(item):
                found = f"{item.name} ({item.role.value})"
                yield problem(source, key, "classes are for labels", found=found, wanted="limits")
                break
            if values and value not in values.values() and value not in values:
                what, wanted = unknown_name("class", str(value), [str(one) for one in values.values()])
                yield problem(source, f"{key}.off_normal", what, wanted=wanted)


def output_ranges(section: ModelSection, signature: Signature) -> dict[str, OutputRanges]:
    """By output: in which ranges it is well, by all alarms on it."""
    found: dict[str, OutputRanges] = {}
    outputs = {item.name: item for item in signature.outputs}
    for alarm in section.alarms.values():
        ranges = found.get(alarm.output, OutputRanges())
        if alarm.limits:
            found[alarm.output] = ranges.with_limits(alarm.low_low, alarm.low, alarm.high, alarm.high_high)
        elif alarm.output in outputs:
            watched = _watched(_values(outputs[alarm.output]), alarm)
            found[alarm.output] = replace(ranges, off_normal=ranges.off_normal | set(watched))
    return found


class OutputAlarm(NamedTuple):
    """An alarm, what it is, and what watches for it."""

    card: AlarmCard
    alarm: Alarm[Prediction]
    watch: Watch


class OutputAlarms:
    """Makes the alarms of one model's tables; they have no `alarm_problems`.

    Args:
        model: name.
        signature: that clients see.
        longest_shelving: seconds.
        states: of the alarms in the run before, by key.
    """

    def __init__(
        self,
        model: str,
        signature: Signature,
        longest_shelving: float,
        states: Mapping[str, Condition],
    ) -> None:
        self._model = model
        self._outputs = signature.outputs
        self._longest_shelving = longest_shelving
        self._states = states

    def made(self, name: str, section: AlarmSection) -> OutputAlarm:
        """The alarm of one table."""
        place = [item.name for item in self._outputs].index(section.output)
        make = self._of_limits if section.limits else self._of_classes
        return make(name, section, place)

    def _of_limits(self, name: str, section: AlarmSection, place: int) -> OutputAlarm:
        item = self._outputs[place]
        named = (
            (Limit.HIGH_HIGH, section.high_high, section.severity_high_high),
            (Limit.LOW_LOW, section.low_low, section.severity_low_low),
            (Limit.HIGH, section.high, section.severity),
            (Limit.LOW, section.low, section.severity),
        )
        band = LimitBand(tuple((limit, at) for limit, at, _ in named if at is not None), section.hysteresis)
        levels = tuple(AlarmLevel(limit.value, severity) for limit, at, severity in named if at is not None)
        limits = ", ".join(f"{key} {figure(value)}" for key, value in section.limits.items())
        words = phrase("{output} beyond its limits: {limits}.", output=_shown_name(item), limits=limits)
        card = AlarmCard(name, AlarmKind.LIMIT, words, self._model, "", item.name, band)
        unit = engineering_unit(item.unit).symbol if item.unit else ""
        alarm = Alarm(
            self._settings(section, levels, exclusive=section.exclusive),
            limit_words(_shown_name(item), place, band, unit, section.words),
            self._states.get(card.key),
        )
        return OutputAlarm(card, alarm, LimitWatch(alarm, place, band))

    def _of_classes(self, name: str, section: AlarmSection, place: int) -> OutputAlarm:
        item = self._outputs[place]
        values = _values(item)
        watched = _watched(values, section)
        levels = tuple(AlarmLevel(str(values.get(value, value)), section.severity) for value in watched)
        shown = dict(zip(values, item.details.category_names, strict=False)) or {
            value: said(name) if values is _ANOMALY else name for value, name in values.items()
        }
        classes = [shown.get(value, str(value)) for value in watched]
        by_level = {level.name: told for level, told in zip(levels, classes, strict=True)}
        words = phrase(
            "{output} is one of: {classes}.", output=_shown_name(item), classes=joined(", ", classes)
        )
        card = AlarmCard(name, AlarmKind.OFF_NORMAL, words, self._model, "", item.name)
        alarm = Alarm(
            self._settings(section, levels, exclusive=True),
            class_words(_shown_name(item), place, (shown, by_level), section.words),
            self._states.get(card.key),
        )
        return OutputAlarm(card, alarm, ClassWatch(alarm, place, watched))

    def _settings(
        self, section: AlarmSection, levels: tuple[AlarmLevel, ...], *, exclusive: bool
    ) -> AlarmSettings:
        rules = ConditionRules(
            section.confirm, section.latching, bool(section.off_normal), self._longest_shelving
        )
        on_delay, off_delay = section.on_delay_ms / 1e3, section.off_delay_ms / 1e3
        return AlarmSettings(levels, exclusive, on_delay, off_delay, rules)


def _watched(values: Mapping[Value, str], section: AlarmSection) -> list[Value]:
    """The values that mean a fault, where the table may name them."""
    by_name = {shown: value for value, shown in values.items()}
    return [by_name.get(one, one) if isinstance(one, str) else one for one in section.off_normal]


def _shown_name(item: Output) -> str:
    """What displays call it."""
    return item.details.display_name or item.name


def _is_number(item: Output) -> bool:
    kinds = (DataType.STRING, DataType.BOOLEAN)
    labels = (OutputRole.LABEL, OutputRole.ANOMALY, OutputRole.CLUSTER)
    return item.length == 1 and item.data_type not in kinds and item.role not in labels


def _is_discrete(item: Output) -> bool:
    return item.length == 1 and not _is_number(item)


def _values(item: Output) -> Mapping[Value, str]:
    """Names of the values that predictions have; empty where any may come."""
    if item.role is OutputRole.LABEL and item.categories:
        texts = item.data_type is DataType.STRING
        return {(name if texts else number): name for number, name in enumerate(item.categories)}
    return _ANOMALY if item.role is OutputRole.ANOMALY else {}
