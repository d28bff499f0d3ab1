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


class HandshakeTrigger(Section):
    """At a request that a program raises by writing, to be answered once; docs/data-path.md tells how."""

    kind: Literal["handshake"]
    request_id: Tag | None = None
    """Tag that the PLC's program counts up when it has written the inputs; without it, clients write the
    model's node `Handshake.RequestId`."""
    done_id: Tag | None = None
    """Tag that takes the id of the answered request, after everything else; goes with `request_id`."""
    result_code: Tag | None = None
    """Tag that takes the StatusCode of the answer; goes with `request_id`."""
    timeout_ms: Milliseconds = 5000
    """A request that could not be answered for so long is answered with BadTimeout."""
    heartbeat_ms: Milliseconds = 1000
    """How often the model's node `Handshake.ServiceHeartbeat` is counted up."""
    client_timeout_ms: Milliseconds | None = None
    """Outputs turn Bad when the node `Handshake.ClientHeartbeat` has not changed for so long; a PLC's
    heartbeat is that of `plcs.<name>.heartbeat`."""

    @model_validator(mode="after")
    def _has_all_words_or_none(self) -> Self:
        words = [word for word in (self.request_id, self.done_id, self.result_code) if word is not None]
        if len(words) not in {0, 3}:
            raise refusal("a handshake with some of its tags", wanted="request_id, done_id and result_code")
        if len({word.plc for word in words}) > 1:
            raise refusal("the tags of a handshake are on different PLCs", wanted="one PLC")
        if words and self.client_timeout_ms is not None:
            raise refusal("client_timeout_ms has no effect on tags", wanted="plcs.<name>.heartbeat")
        return self


Trigger = Annotated[
    ChangeTrigger | LeadingTrigger | PeriodTrigger | HandshakeTrigger | MethodTrigger,
    Field(discriminator="kind"),
]
