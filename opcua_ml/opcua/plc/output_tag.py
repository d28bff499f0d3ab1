"""One tag that is written: from a prediction to what the PLC takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import TagError, TagNotWritable, TagTypeMismatch
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.write_limits import WriteShaper
from opcua_ml.opcua.plc.backoff import Backoff
from opcua_ml.opcua.plc.binding import Written
from opcua_ml.opcua.plc.description import SCALAR
from opcua_ml.opcua.plc.encoding import encoder
from opcua_ml.opcua.plc.failure import code_name
from opcua_ml.opcua.plc.index_range import element_of
from opcua_ml.opcua.plc.tag_units import conversion_from
from opcua_ml.opcua.status_codes import status_of
from opcua_ml.opcua.values import NULL, date_time, shared_status

if TYPE_CHECKING:
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.plc.binding import OutputBinding
    from opcua_ml.opcua.plc.encoding import Encoder
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.settings import PlcSettings
    from opcua_ml.opcua.plc.structure_layout import FieldPath

_FORBIDDEN = frozenset(
    {StatusCodes.BadNotWritable, StatusCodes.BadUserAccessDenied, StatusCodes.BadSecurityModeInsufficient}
)
_OF_THE_VALUE = frozenset(
    {StatusCodes.BadTypeMismatch, StatusCodes.BadOutOfRange, StatusCodes.BadInvalidArgument}
)
_LOOK_AGAIN = frozenset(
    {
        *_FORBIDDEN,
        StatusCodes.BadNodeIdUnknown,
        StatusCodes.BadNodeIdInvalid,
        StatusCodes.BadTypeMismatch,
        StatusCodes.BadDecodingError,
        StatusCodes.BadIndexRangeInvalid,
        StatusCodes.BadIndexRangeNoData,
        StatusCodes.BadWriteNotSupported,
    }
)


def _is_bad(request: ua.WriteValue) -> bool:
    status = request.Value.StatusCode
    return status is not None and severity(status.value) is Severity.BAD


class OutputTag:
    """A tag's state over all sessions.

    Attributes:
        status, reason: of the last attempt; Good and empty where it was taken, or nothing was tried yet.
        takes_quality: whether the PLC takes StatusCode and SourceTimestamp, too; None while unknown.
        takes_bad: whether it takes a Bad StatusCode without a value; None while unknown.
        retry_at: monotonic time at which to look at a tag again that can't be used; None where it can.
        is_on_its_way: whether its rate alone holds the value back, so that another step follows.
        unsettled: what was written last and never answered; None where all is known.
        obstacle: why it was not sent with the last write; empty where it was.
    """

    def __init__(self, binding: OutputBinding, settings: PlcSettings) -> None:
        self.binding = binding
        self.status: int = Status.BadNotConnected
        self.reason = "not connected yet"
        self.takes_quality: bool | None = None
        self.takes_bad: bool | None = None
        self._kept: ua.Variant | None = None
        self.retry_at: float | None = None
        self.retry = Backoff(settings.retry_min, settings.retry_max)
        self.is_on_its_way = False
        self.unsettled: ua.WriteValue | None = None
        self.obstacle = ""
        self._shaper = WriteShaper(binding.limits) if binding.limits.shapes else None
        self._sent: tuple[float, int] | None = None
        self._found: Found | None = None
        self._encode: Encoder | None = None

    @property
    def node(self) -> ua.NodeId:
        """In this session."""
        return ua.NodeId() if self._found is None else self._found.node

    @property
    def field(self) -> FieldPath | None:
        """The way to it, where it is a field of the node's structure."""
        return None if self._found is None else self._found.field

    @property
    def is_element(self) -> bool:
        """Whether it is one of the node's array."""
        return self._found is not None and bool(self._found.index)

    def part_of(self, value: Any) -> Any:
        """What of the node's value is the tag's: all, an element or a field; None where that is absent."""
        if self.field is None:
            return element_of(value, () if self._found is None else self._found.index)
        try:
            return self.field.value_in(value)
        except ValueError:
            return None

    @property
    def is_usable(self) -> bool:
        """Whether it may be written now."""
        return self._encode is not None and self.retry_at is None

    def bind(self, found: Found) -> None:
        """Use what was found at the PLC.

        Raises:
            TagError: the output can't be written to it, with tag, found and wanted.
        """
        self._found, self._encode = found, None
        description = found.description
        if not description.writable:
            raise TagNotWritable("the PLC does not let us write the tag", where=self._where)
        if (description.value_rank != SCALAR) != (self.binding.length is not None or bool(found.index)):
            raise TagTypeMismatch(
                "wrong number of values", where=self._where, found=description.text, wanted=self._given
            )
        self._encode = encoder(self.binding, found, self._where)
        if self._shaper is not None:
            self._shaper.start_from(self._held(found))
        self.status, self.reason, self.retry_at = Status.Good, "", None
        self.retry.reset()

    def request(self, prediction: Prediction) -> ua.WriteValue | None:
        """What to write for this prediction; None for nothing.

        A Bad prediction has no outputs: the safe value stands for them. Without one, where the PLC takes a
        StatusCode it gets that alone, or with the value that the tag has from us; elsewhere the tag keeps
        that value and the quality tag tells.
        """
        self._sent, self.is_on_its_way = None, False
        if self._encode is None:
            return None
        if self.binding.written is Written.OUTPUT:
            shaped = self._shaped(prediction)
            if shaped is None:
                return None
            prediction = shaped
        if prediction.is_bad and not self.binding.written.follows_bad:
            if not self._has_quality or not self.takes_quality:
                return None
            variant = self._kept if self.takes_bad is False else NULL
            return None if variant is None else self._write(variant, prediction)
        variant = self._encode(prediction)
        if variant is None:
            self.status = Status.BadOutOfRange
            self.reason = f"{self._where}: the value does not fit the tag's type"
            return None
        return self._write(variant, prediction)

    def instead(self, request: ua.WriteValue, code: int) -> ua.WriteValue | None:
        """What to write in place of a write that the PLC has refused for its form; None for nothing.

        Without quality the value goes alone. A Bad StatusCode that is not taken without a value goes with
        the one that the tag has from us, so that this is Bad, too.
        """
        value, status = request.Value.Value, request.Value.StatusCode
        if status is None:
            return None
        if code == StatusCodes.BadWriteNotSupported:
            self.takes_quality = False
            return None if value is None or value is NULL else self._value_alone(value)
        if value is not NULL or self._kept is None or code not in _OF_THE_VALUE:
            return None
        self.takes_bad = False
        return self._request(ua.DataValue(self._kept, status, request.Value.SourceTimestamp))

    def judge(self, code: int, request: ua.WriteValue, now: float) -> None:
        """Learn from the PLC's answer to a write."""
        had_quality = request.Value.StatusCode is not None
        if severity(code) is not Severity.BAD:
            if had_quality and request.Value.Value is NULL:
                self.takes_bad = True
            elif had_quality:
                self.takes_quality = True
                self._kept = request.Value.Value
            if self._shaper is not None and self._sent is not None:
                self._shaper.took(*self._sent)
            self.status, self.reason = Status.Good, ""
            return
        if had_quality and request.Value.Value is NULL:
            self.takes_bad = False  # the tag has its value and the quality tag still
            return
        if _is_bad(request):
            self._kept = None  # the same
            return
        self.status = code
        self.reason = f"{self._where}: {self.obstacle or f'the PLC refused the write with {code_name(code)}'}"
        if code in _LOOK_AGAIN:
            self.retry_at = now + self.retry.next()

    def doubt(self, held: object, what: str) -> None:
        """The tag does not hold what was written."""
        self.status = Status.Uncertain
        self.reason = f"{self._where}: {what}, and the PLC holds {held}"

    def fail(self, problem: TagError, now: float) -> None:
        """The tag can't be used; it is looked at again later."""
        self.status, self.reason = status_of(problem), problem.sentence
        self.retry_at = now + self.retry.next()

    def lose(self, reason: str) -> None:
        """There is no session any more; what the PLC did not take it may take when it is back."""
        self._encode = self._kept = None
        self.takes_quality, self.takes_bad = self.takes_quality or None, self.takes_bad or None
        self.status, self.reason, self.retry_at = Status.BadNoCommunication, reason, None

    def _shaped(self, prediction: Prediction) -> Prediction | None:
        """The prediction as its output may be written; None where the tag holds nearly that already."""
        place, limits = self.binding.output, self.binding.limits
        if prediction.is_bad:
            if limits.safe_value is None:
                return prediction
            outputs: tuple[Any, ...] = (limits.safe_value,) * (place + 1)
            self._note_sent(limits.safe_value, Status.UncertainSubNormal)
            return replace(prediction, outputs=outputs, status=Status.UncertainSubNormal)
        value = prediction.outputs[place]
        if self._shaper is None or not isinstance(value, float):
            return prediction
        shaped = self._shaper.shaped(value, prediction.status)
        if shaped is None:
            return None
        self.is_on_its_way = shaped.is_on_its_way
        status = prediction.status | shaped.limit
        self._note_sent(shaped.value, status)
        outputs = (*prediction.outputs[:place], shaped.value, *prediction.outputs[place + 1 :])
        return replace(prediction, outputs=outputs, status=status)

    def _note_sent(self, value: object, status: int) -> None:
        if isinstance(value, float):
            self._sent = value, status

    def _held(self, found: Found) -> float | None:
        """What the tag holds, in the output's unit; None where it is no number."""
        held = self.part_of(None if found.value.Value is None else found.value.Value.Value)
        if isinstance(held, bool) or not isinstance(held, int | float) or not math.isfinite(held):
            return None
        return conversion_from(self.binding, found.description)(held)

    def _write(self, variant: ua.Variant, prediction: Prediction) -> ua.WriteValue:
        if self.takes_quality is False or not self._has_quality:
            return self._value_alone(variant)
        value = ua.DataValue(
            variant, shared_status(prediction.status), date_time(prediction.source_timestamp)
        )
        return self._request(value)

    def _value_alone(self, variant: ua.Variant) -> ua.WriteValue:
        return self._request(ua.DataValue(variant, None))

    def _request(self, value: ua.DataValue) -> ua.WriteValue:
        request: Any = ua.WriteValue()
        if self._found is not None:
            request.NodeId = self._found.node
            request.IndexRange = ",".join(map(str, self._found.index)) or None
        request.AttributeId = AttributeIds.Value
        request.Value = value
        return request  # type: ignore[no-any-return]

    @property
    def _has_quality(self) -> bool:
        """Whether a StatusCode goes with it; a field of a structure has none of its own."""
        return self.binding.written is Written.OUTPUT and self.field is None

    @property
    def _where(self) -> str:
        return f"{self.binding.name} ({self.binding.address})"

    @property
    def _given(self) -> str:
        kind, length = self.binding.data_type.value, self.binding.length
        return f"one {kind}" if length is None else f"an array of {length} {kind}"
