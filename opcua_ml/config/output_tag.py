"""A tag that takes an output, and what may be written to it: the keys of `models.<name>.outputs`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from opcua_ml.config.section import refusal
from opcua_ml.config.tag import Tag
from opcua_ml.domain.figure import figure

Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class OutputTag(Tag):
    """A tag with the limits of what is written to it, in the output's unit; in short `"<plc>:<node>"`."""

    lowest: Number | None = None
    """A lesser value is written as this one, with the limit bits of its StatusCode set to Low."""
    highest: Number | None = None
    """A greater value is written as this one, with the limit bits set to High."""
    rate: Positive | None = None
    """Most change per second; a value that is further away is written in steps of a tenth of a second."""
    dead_band: Positive | None = None
    """A change of no more than this, of the same quality, is not written."""
    safe_value: bool | int | float | str | None = None
    """Written in place of an output that is Bad, and as the last value before writing ends; without it a Bad
    output writes no value."""
    read_back: bool = False
    """Whether each written value is read again and held against what was written."""

    @model_validator(mode="after")
    def _has_limits_that_fit(self) -> Self:
        low, high, safe = self.lowest, self.highest, self.safe_value
        if low is not None and high is not None and low >= high:
            raise refusal(
                f"lowest ({figure(low)}) is not less than highest", wanted=f"less than {figure(high)}"
            )
        if isinstance(safe, int | float) and not isinstance(safe, bool):
            if low is not None and safe < low:
                raise refusal(
                    f"safe_value ({figure(safe)}) is less than lowest", wanted=f"at least {figure(low)}"
                )
            if high is not None and safe > high:
                raise refusal(
                    f"safe_value ({figure(safe)}) is greater than highest", wanted=f"at most {figure(high)}"
                )
        return self
