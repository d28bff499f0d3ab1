"""Alarms: the tables `models.<name>.alarms.<alarm>`, and `alarms` for what holds of all of them."""

import itertools
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from opcua_ml.config.details import LocaleId, Words
from opcua_ml.config.section import Section, each_once, empty_table, refusal
from opcua_ml.domain.figure import figure
from opcua_ml.domain.wording import wording

Severity = Annotated[int, Field(ge=1, le=1000)]
"""Of OPC UA: 1 is harmless, 1000 the worst."""

Delay = Annotated[int, Field(ge=0, le=86_400_000)]
"""Milliseconds; 0 for none."""

Number = Annotated[float, Field(allow_inf_nan=False)]

STANDARD_NAMES = ("InputsBad", "ModelFailed")
"""Alarms that every model has by itself."""


class AlarmSection(Section):
    """An alarm on an output: limits of a number, or the classes that mean a fault."""

    output: Annotated[str, Field(min_length=1)]
    """Name of the output, as the model's signature has it."""
    high_high: Number | None = None
    """Limit above which the value is alarming."""
    high: Number | None = None
    """Limit above which the value is noteworthy."""
    low: Number | None = None
    """Limit below which the value is noteworthy."""
    low_low: Number | None = None
    """Limit below which the value is alarming."""
    hysteresis: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """How far within a limit the value has to come back before the alarm is over, in the output's unit."""
    exclusive: bool = True
    """Whether one limit at a time is shown as passed, the worst; otherwise each one by itself."""
    off_normal: Annotated[tuple[str | int | bool, ...], Strict(strict=False), AfterValidator(each_once)] = ()
    """Classes of a label, or values of another discrete output, that raise the alarm."""
    on_delay_ms: Delay = 0
    """How long the value must be so before the alarm is raised."""
    off_delay_ms: Delay = 5000
    """How long it must be normal again before the alarm is over; with 0 a value that flickers around a
    limit fills the alarm list."""
    severity: Severity = 500
    """Of `high`, `low` and the classes."""
    severity_high_high: Severity = 800
    """Of `high_high`."""
    severity_low_low: Severity = 800
    """Of `low_low`."""
    latching: bool = False
    """Whether the alarm stays in the list until somebody resets it."""
    confirm: bool = False
    """Whether an acknowledged alarm has to be confirmed, too."""
    message: str | Mapping[LocaleId, Words] = ""
    """What operators read first; the value and the limit follow. One text for all languages, or a table by
    language: `{ en = "Low flow", de = "Wenig Durchfluss" }`."""

    @property
    def words(self) -> str:
        """The message, with its translations."""
        return self.message if isinstance(self.message, str) else wording(self.message)

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by their keys, from the lowest to the highest."""
        named = (
            ("low_low", self.low_low),
            ("low", self.low),
            ("high", self.high),
            ("high_high", self.high_high),
        )
        return {key: value for key, value in named if value is not None}

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        limits = self.limits
        if bool(limits) == bool(self.off_normal):
            raise refusal(
                "an alarm has either limits or classes",
                wanted="some of high_high, high, low and low_low, or off_normal",
            )
        for (key, value), (above, higher) in itertools.pairwise(limits.items()):
            if value >= higher:
                raise refusal(
                    f"{key} {figure(value)} is not below {above} {figure(higher)}", wanted="rising limits"
                )
        if self.off_normal and self.hysteresis:
            raise refusal("hysteresis has no effect", wanted="limits beside it")
        gaps = [self.high - self.low] if self.high is not None and self.low is not None else []
        if any(self.hysteresis >= gap for gap in gaps):
            raise refusal(
                "with this hysteresis a value can't come back", wanted=f"less than {figure(gaps[0])}"
            )
        return self


class StandardAlarmSection(Section):
    """An alarm that is there by itself."""

    enabled: bool = True
    """Whether there is this alarm."""
    severity: Severity = 700
    """Of the alarm."""
    on_delay_ms: Delay = 5000
    """How long things must be bad before the alarm is raised."""
    off_delay_ms: Delay = 0
    """How long they must be well again before it is over."""
    latching: bool = False
    """Whether it stays in the list until somebody resets it."""
    confirm: bool = False
    """Whether it has to be confirmed once it is acknowledged."""


class InputsBadSection(StandardAlarmSection):
    """A model's inputs can't be used, or others stand in their place."""

    severity: Severity = 600
    """While nothing is predicted."""
    severity_replaced: Severity = 300
    """While values held or substituted stand in the place of inputs."""


class ModelFailedSection(StandardAlarmSection):
    """A model fails at every row."""

    severity: Severity = 800
    """Of the alarm."""
    on_delay_ms: Delay = 0
    """How long the model must have failed before the alarm is raised."""


class PlcLostSection(StandardAlarmSection):
    """A PLC is not connected."""

    off_delay_ms: Delay = 2000
    """How long it must be connected again before the alarm is over."""


class HistoryStoppedSection(StandardAlarmSection):
    """History is not recorded."""

    severity: Severity = 500
    """Of the alarm."""


class AlarmsSection(Section):
    """What holds of all alarms, and those that are there by themselves."""

    longest_shelving_s: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    """Longest time for which an operator can shelve an alarm."""
    inputs_bad: InputsBadSection = Field(default_factory=empty_table)
    """Of each model that tags feed."""
    model_failed: ModelFailedSection = Field(default_factory=empty_table)
    """Of each model."""
    plc_lost: PlcLostSection = Field(default_factory=empty_table)
    """Of each PLC."""
    history_stopped: HistoryStoppedSection = Field(default_factory=empty_table)
    """Of the service, where it keeps a history."""
