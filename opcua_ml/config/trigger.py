"""When a model scores its tags: the key `trigger` of `models.<name>`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from opcua_ml.config.section import Milliseconds, Section, refusal
from opcua_ml.config.tag import Tag


class ChangeTrigger(Section):
    """At any input's change, once things have settled."""

    kind: Literal["change"] = "change"
    debounce_ms: Annotated[int, Field(ge=0, le=60_000)] = 20
    """Changes within this time after the first one are scored together; 0 scores each notification."""


class LeadingTrigger(Section):
    """At each change of one input, or of one tag that is no input."""

    kind: Literal["leading"]
    input: Annotated[str, Field(min_length=1)] | None = None
    """Name of the leading input."""
    tag: Tag | None = None
    """A tag that leads without being an input, such as a part counter; of any data type."""
    longest_pause_ms: Milliseconds | None = None
    """Outputs turn Bad when it has not changed for so long; by default it may stand still for ever."""

    @model_validator(mode="after")
    def _has_one_leader(self) -> Self:
        if (self.input is None) == (self.tag is None):
            raise refusal("a leading trigger has one leader", wanted="either input or tag")
        return self


class PeriodTrigger(Section):
    """At a fixed period."""

    kind: Literal["period"]
    period_ms: Milliseconds
    """Moments that have passed before the model could be scored are left out and counted."""


class MethodTrigger(Section):
    """By method calls alone: inputs can't be written, outputs stay Bad."""

    kind: Literal["method"]


Trigger = Annotated[
    ChangeTrigger | LeadingTrigger | PeriodTrigger | MethodTrigger, Field(discriminator="kind")
]
