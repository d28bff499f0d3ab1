"""A tag that feeds an input, and what happens while it is not usable: the keys of `models.<name>.inputs`."""

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from opcua_ml.config.section import Milliseconds, Section, refusal
from opcua_ml.config.tag import Tag
from opcua_ml.domain.input_policy import SourceTime, WhenBad

InputName = Annotated[str, Field(min_length=1)]


class InputTag(Tag):
    """A tag with the rules for its quality; in short `"<plc>:<node>"`."""

    when_bad: Annotated[WhenBad, Strict(strict=False)] = WhenBad.REJECT
    """While the tag is not usable: no prediction, its last usable value for `hold_ms`, or `substitute`."""
    hold_ms: Milliseconds | None = None
    """How long its last usable value may be used on; outputs are UncertainLastUsableValue meanwhile."""
    substitute: bool | int | float | str | None = None
    """Value in the input's unit that is used instead; outputs are UncertainSubNormal meanwhile."""
    max_age_ms: Milliseconds | None = None
    """A value that nothing has renewed for so long is not usable; by default that of `join`."""
    max_unchanged_ms: Milliseconds | None = None
    """A value that is told anew for so long but never another one is not usable: a stuck transmitter."""
    treat_uncertain_as_bad: bool = False
    """Whether an Uncertain value is not usable."""
    ignore_skew: bool = False
    """Whether its time is left out of `join.max_skew_ms`, as of a set-point that rarely changes."""
    unit: Annotated[str, Field(min_length=1, max_length=3, pattern=r"^[0-9A-Z]+$")] | None = None
    """UNECE code of the tag's unit, where the PLC does not tell it or tells another one."""
    ignore_range: bool = False
    """Whether the tag's EURange may contradict the input's range, as one that the PLC tells wrongly."""

    @model_validator(mode="after")
    def _has_what_its_policy_needs(self) -> Self:
        for policy, key, given in (
            (WhenBad.HOLD, "hold_ms", self.hold_ms),
            (WhenBad.SUBSTITUTE, "substitute", self.substitute),
        ):
            if self.when_bad is policy and given is None:
                raise refusal(f'when_bad is "{policy}" without {key}', wanted=key)
            if self.when_bad is not policy and given is not None:
                raise refusal(f"{key} has no effect", wanted=f'when_bad = "{policy}" beside it')
        return self


class JoinSection(Section):
    """How the inputs of a model, which come at their own pace, become one row."""

    max_age_ms: Milliseconds | None = None
    """A value that nothing has renewed for so long is not usable; by default a tag that does not change is
    still what it was."""
    max_skew_ms: Milliseconds | None = None
    """How far the SourceTimestamps of the inputs may lie apart; by default any."""
    source_time: Annotated[SourceTime, Strict(strict=False)] = SourceTime.NEWEST
    """Whose SourceTimestamp the outputs carry: the newest or oldest input's, or that of `main_input`."""
    main_input: InputName | None = None
    """For `source_time = "main"`."""

    @model_validator(mode="after")
    def _has_a_main_input_where_it_needs_one(self) -> Self:
        if (self.source_time is SourceTime.MAIN) != (self.main_input is not None):
            raise refusal('source_time = "main" and main_input go together', wanted="both of them or neither")
        return self
