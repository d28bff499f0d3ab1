"""What came of one row of inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.domain.status import Severity, Status, severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opcua_ml.domain.sample import Sample, Value


Answer = tuple[str, str, "tuple[Value, ...]", int, str]
"""What a client is told of one row: id, version, outputs, status and reason, as of `Prediction`."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer, or the reason why there is none.

    Attributes:
        id: unique among all predictions of all models, as text.
        sequence: counts this model's predictions from 1; UInt32, wraps to 1.
        model: name.
        version: of the package that computed it.
        inputs: the values used, in the signature's order; None where one was not usable.
        input_status: their StatusCodes, in the same order.
        outputs: in the signature's order; empty where the status is Bad.
        status: the StatusCode that all outputs carry.
        reason: in words, with the offending tag; empty where the status is Good.
        source_timestamp: of the inputs: timezone-aware UTC.
        inference_seconds: time in the model.
        response_seconds: from the newest input's arrival to the answer; 0 for a method call.
        offending_input: that made the status what it is; empty where the status is Good.
        offending_age_seconds: since that input's last usable value came; None where none ever has.
        request_id: of the handshake's request that it answers; None where nobody asked.
        context: what tags beside the inputs said at its moment, by ResultMetaDataType's member;
            None for no such tags.
    """

    id: str
    sequence: int
    model: str
    version: str
    inputs: tuple[Value | None, ...]
    input_status: tuple[int, ...]
    outputs: tuple[Value, ...]
    status: int
    reason: str
    source_timestamp: datetime
    inference_seconds: float = 0.0
    response_seconds: float = 0.0
    offending_input: str = ""
    offending_age_seconds: float | None = None
    request_id: int | None = None
    context: Mapping[str, Sample] | None = None

    @property
    def is_bad(self) -> bool:
        """Whether there are no outputs to use."""
        return severity(self.status) is Severity.BAD

    @property
    def is_good(self) -> bool:
        """Whether the outputs may be used without second thoughts."""
        return severity(self.status) is Severity.GOOD and self.status == Status.Good
