"""What of a prediction goes into a tag of which type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from opcua_ml.domain.errors import TagTypeMismatch
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.signature import DataType, Output, OutputRole, Range
from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import OutputBinding, Written
from opcua_ml.opcua.plc.encoding import encoder
from tests.unit.opcua.plc.stand_ins import URI, found

ADDRESS = TagAddress(URI, "result")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def prediction(*outputs: Any, status: int = Status.Good, reason: str = "", sequence: int = 1) -> Prediction:
    """A prediction with these outputs."""
    return Prediction("id", sequence, "pump", "1.0.0", (), (), outputs, status, reason, NOON)


def written(kind: DataType, binding: OutputBinding, of: Prediction) -> Any:
    """The value that a tag of this type gets; None where it gets none."""
    variant = encoder(binding, found(kind), "result")(of)
    if variant is None:
        return None
    assert variant.VariantType.name == kind.value
    return variant.Value


UNCERTAIN = Status.UncertainLastUsableValue


@pytest.mark.parametrize(("kind", "good", "uncertain", "bad"), [
    (DataType.UINT32, 0, UNCERTAIN, Status.Bad), (DataType.INT64, 0, UNCERTAIN, Status.Bad),
    (DataType.BYTE, 192, 64, 0), (DataType.INT16, 192, 64, 0), (DataType.INT32, 192, 64, 0),
    (DataType.FLOAT, 192.0, 64.0, 0.0), (DataType.BOOLEAN, True, False, False),
    (DataType.STRING, "Good", "UncertainLastUsableValue", "Bad"),
])  # fmt: skip
def test_quality_is_told_in_what_the_tag_holds(kind: DataType, good: Any, uncertain: Any, bad: Any) -> None:
    """A StatusCode where it fits, else the byte that OPC Classic made known, a name or a Boolean."""
    binding = OutputBinding("pump", "quality", ADDRESS, Written.QUALITY)
    assert written(kind, binding, prediction()) == good
    assert written(kind, binding, prediction(status=UNCERTAIN)) == uncertain
    assert written(kind, binding, prediction(status=Status.Bad)) == bad


@pytest.mark.parametrize(("what", "kind"), [
    (Written.QUALITY, DataType.SBYTE), (Written.REASON, DataType.INT32), (Written.TIMESTAMP, DataType.INT64),
    (Written.SEQUENCE, DataType.STRING), (Written.OUTPUT, DataType.INT32),
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(what: Written, kind: DataType) -> None:
    """With the tag's type and with what would do."""
    with pytest.raises(TagTypeMismatch, match=f"found {kind.value}; wanted "):
        encoder(OutputBinding("pump", "result", ADDRESS, what), found(kind), "result")


def test_a_sequence_wraps_in_a_small_tag() -> None:
    """The PLC sees it change, which is what it is for."""
    binding = OutputBinding("pump", "count", ADDRESS, Written.SEQUENCE)
    assert written(DataType.INT16, binding, prediction(sequence=2**15 + 5)) == 5


def test_a_class_fits_a_small_integer() -> None:
    """Its index is less than the number of classes, which the signature tells."""
    label = Output("state", OutputRole.LABEL, DataType.INT64, categories=("ok", "worn", "broken"))
    binding = OutputBinding.of_output("pump", 0, label, ADDRESS)
    assert written(DataType.INT16, binding, prediction(2)) == 2
    assert written(DataType.BYTE, binding, prediction(2)) == 2


def test_a_value_beyond_the_tags_type_is_not_written() -> None:
    """Neither cut nor clamped: the range was promised, the value broke the promise."""
    binding = OutputBinding("pump", "x", ADDRESS, data_type=DataType.INT64, range=Range(0, 100))
    assert written(DataType.INT16, binding, prediction(40_000)) is None


def test_an_array_goes_whole_or_not_at_all() -> None:
    """Probabilities, one per class."""
    binding = OutputBinding("pump", "p", ADDRESS, length=2, rounding=True)
    encode = encoder(binding, found(DataType.FLOAT), "p")
    variant = encode(prediction((0.5, 0.25)))
    assert variant is not None
    assert (variant.Value, variant.is_array) == ([0.5, 0.25], True)
    assert encode(prediction((0.5, 1e39))) is None
    assert encode(prediction((0.5,))) is None
