"""What a PLC's tags are to the models: which tag feeds what, and which tag takes what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import DataType, OutputRole, Range
from opcua_ml.domain.write_limits import WriteLimits

if TYPE_CHECKING:
    from opcua_ml.domain.signature import Input, Output
    from opcua_ml.domain.unit_contract import UnitContract
    from opcua_ml.opcua.plc.address import TagAddress


@dataclass(frozen=True, slots=True)
class InputBinding:
    """A tag that is read.

    Attributes:
        key: goes with every sample of this tag.
        name: of the tag, for sentences and lists.
        address: where it is.
        data_type: that the samples' values must have; None for a tag whose changes alone matter, of any
            type and shape: what is no Boolean, number or text is told as text.
        length: None for one value, else an array of that many.
        range: that values are declared to be in: lets a wider integer type through, value by value.
        allow_missing: whether NaN is a value, for «not known».
        units: what the tag's unit must be; None for a number without one.
        ignore_range: whether the tag's EURange may contradict `range`.
        feeds: model and input that it feeds; None for a tag that feeds none.
        digits: whether a whole number may stand for a text, and is told in digits.
    """

    key: int
    name: str
    address: TagAddress
    data_type: DataType | None = DataType.DOUBLE
    length: int | None = None
    range: Range | None = None
    allow_missing: bool = False
    units: UnitContract | None = None
    ignore_range: bool = False
    digits: bool = False
    feeds: tuple[str, str] | None = None

    @classmethod
    def of_input(
        cls,
        key: int,
        item: Input,
        address: TagAddress,
        *,
        name: str = "",
        units: UnitContract | None = None,
        ignore_range: bool = False,
        model: str = "",
    ) -> InputBinding:
        """The binding of a model's input; a windowed one takes one value at a time."""
        return cls(
            key=key,
            name=name or item.name,
            address=address,
            data_type=item.data_type,
            range=item.range,
            allow_missing=item.allow_missing,
            units=units,
            ignore_range=ignore_range,
            feeds=(model, item.name) if model else None,
        )


class Written(StrEnum):
    """What of a prediction a tag takes."""

    OUTPUT = "output"
    QUALITY = "quality"
    REASON = "reason"
    TIMESTAMP = "timestamp"
    SEQUENCE = "sequence"
    RESULT_CODE = "result code"
    DONE_ID = "done id"

    @property
    def follows_bad(self) -> bool:
        """Whether a Bad prediction has one, too; the others stay as the last usable prediction left them."""
        return self in (Written.QUALITY, Written.REASON, Written.RESULT_CODE, Written.DONE_ID)


@dataclass(frozen=True, slots=True)
class OutputBinding:
    """A tag that is written.

    Attributes:
        model: whose predictions it takes.
        name: for sentences and lists.
        address: where it is.
        written: what of the prediction.
        output: place of the output in the signature, for OUTPUT.
        data_type: of the output.
        length: None for one value, else an array of that many.
        range: that values are known to be in: lets them into a narrower integer type.
        rounding: whether a value may be rounded to an integer; a Float always takes the nearest.
        units: what the tag's unit must be; None for a number without one.
        limits: what a written value may do.
        read_back: whether each written value is read again and held against what was written.
    """

    model: str
    name: str
    address: TagAddress
    written: Written = Written.OUTPUT
    output: int = 0
    data_type: DataType = DataType.DOUBLE
    length: int | None = None
    range: Range | None = None
    rounding: bool = False
    units: UnitContract | None = None
    limits: WriteLimits = field(default_factory=WriteLimits)
    read_back: bool = False

    @classmethod
    def of_output(
        cls,
        model: str,
        place: int,
        item: Output,
        address: TagAddress,
        *,
        rounding: bool = False,
        units: UnitContract | None = None,
        limits: WriteLimits | None = None,
        read_back: bool = False,
    ) -> OutputBinding:
        """The binding of the output at `place` of a model's signature."""
        span = item.range
        if item.role is OutputRole.LABEL and item.categories:
            span = Range(0, max(len(item.categories) - 1, 1))
        return cls(
            model=model,
            name=f"{model}.{item.name}",
            address=address,
            output=place,
            data_type=item.data_type,
            length=item.length if item.length > 1 else None,
            range=span,
            rounding=rounding,
            units=units,
            limits=limits or WriteLimits(),
            read_back=read_back,
        )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Signs of life between us and a PLC's program.

    Attributes:
        write: tag that we count up every `period` seconds while the service is healthy; a Boolean toggles.
        read: tag that the PLC's program keeps changing; after `timeout` seconds without a change its other
            tags count as Bad.
    """

    write: TagAddress | None = None
    period: float = 1.0
    read: TagAddress | None = None
    timeout: float = 5.0
