"""A tag's unit and range against what the signature says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from opcua_ml.domain.errors import TagUnitMismatch
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.signature import DataType, Input, Output, Range
from opcua_ml.domain.status import Status
from opcua_ml.domain.unit_contract import UnitContract
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding
from opcua_ml.opcua.plc.encoding import encoder
from opcua_ml.opcua.plc.input_tag import InputTag
from opcua_ml.opcua.status_codes import status_of
from opcua_ml.units import conversion
from tests.unit.opcua.plc.stand_ins import SETTINGS, URI, found

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = TagAddress(URI, "oil")


def tag(item: Input, given: str | None = None, **changes: Any) -> InputTag:
    """The tag of this input; `given` is the unit that the configuration knows better."""
    units = None if item.unit is None else UnitContract(item.unit, conversion, given)
    return InputTag(InputBinding.of_input(0, item, ADDRESS, units=units, **changes), SETTINGS)


def value(one: InputTag, came: object) -> object:
    """What becomes of a value that came."""
    return one.take(came, 0, 0.0, (None, None)).value


OIL = Input("oil", unit="CEL", range=Range(0, 120))


@pytest.mark.parametrize(
    ("item", "given", "plc", "came", "wanted"),
    [
        (OIL, None, {"unit": "CEL", "unit_name": "°C"}, 50.0, 50.0),
        (OIL, None, {"unit": "FAH", "unit_name": "°F"}, 212.0, 100.0),
        (OIL, None, {}, 50.0, 50.0),
        (OIL, "FAH", {}, 212.0, 100.0),
        (OIL, "FAH", {"unit": "CEL", "unit_name": "°C"}, 212.0, 100.0),
        (Input("speed", unit="RPM"), None, {"unit": "M46", "unit_name": "r/min"}, 1480.0, 1480.0),
        (Input("count"), None, {"unit": "FAH", "unit_name": "°F"}, 3.0, 3.0),
    ],
)
def test_a_value_reaches_the_model_in_the_model_s_unit(
    item: Input, given: str | None, plc: dict[str, Any], came: float, wanted: float
) -> None:
    """The same, converted, or as it is where neither side says anything."""
    one = tag(item, given)
    one.bind(found(**plc))
    assert value(one, came) == wanted


def test_a_whole_number_of_the_plc_converts_to_a_real_one() -> None:
    """Fahrenheit in an INT."""
    one = tag(OIL)
    one.bind(found(DataType.INT16, unit="FAH", unit_name="°F"))
    assert value(one, 212) == 100.0


def test_a_tag_of_no_fixed_type_converts_too() -> None:
    """Each of its values tells its own type."""
    one = tag(OIL)
    one.bind(found(None, unit="FAH", unit_name="°F"))
    assert value(one, 212.0) == 100.0


@pytest.mark.parametrize(
    ("item", "given", "kind", "plc", "words"),
    [
        (OIL, None, DataType.DOUBLE, {"unit": "BAR", "unit_name": "bar"}, ("bar (BAR)", "°C (CEL)")),
        (OIL, "BAR", DataType.DOUBLE, {"unit": "CEL", "unit_name": "°C"}, ("bar (BAR)", "°C (CEL)")),
        (OIL, None, DataType.DOUBLE, {"unit_name": "Grad"}, ("Grad", "°C (CEL)")),
        (
            Input("level", DataType.INT32, unit="MMT"),
            None,
            DataType.INT32,
            {"unit": "CMT", "unit_name": "cm"},
            ("cm (CMT)", "mm (MMT)"),
        ),
        (
            OIL,
            None,
            DataType.DOUBLE,
            {"unit": "FAH", "unit_name": "°F", "range": Range(300, 500)},
            ("EURange 148.889 to 260", "0 to 120"),
        ),
    ],
)
def test_what_contradicts_is_refused_with_both_named(
    item: Input, given: str | None, kind: DataType, plc: dict[str, Any], words: tuple[str, str]
) -> None:
    """As a wrong configuration, not as a wrong value."""
    with pytest.raises(TagUnitMismatch) as caught:
        tag(item, given).bind(found(kind, **plc))
    assert all(word in caught.value.sentence for word in words)
    assert status_of(caught.value) == Status.BadConfigurationError


def test_a_range_that_the_plc_tells_wrongly_can_be_ignored() -> None:
    """Some PLCs have 0 to 1 everywhere."""
    one = tag(Input("oil", unit="CEL", range=Range(20, 120)), ignore_range=True)
    one.bind(found(unit="CEL", unit_name="°C", range=Range(0, 1)))
    assert value(one, 50.0) == 50.0


def test_a_result_reaches_the_plc_in_the_tag_s_unit() -> None:
    """Write-back converts the other way, arrays included."""
    for outputs, length, wanted in (((100.0,), 1, 212.0), (((0.0, 100.0),), 2, [32.0, 212.0])):
        item = Output("oil", unit="CEL", length=length)
        binding = OutputBinding.of_output("m", 0, item, ADDRESS, units=UnitContract("CEL", conversion))
        prediction = Prediction("id", 1, "m", "1", (), (), outputs, 0, "", NOON)
        variant = encoder(binding, found(unit="FAH", unit_name="°F"), "oil")(prediction)
        assert variant is not None
        assert variant.Value == pytest.approx(wanted)


def test_a_result_whose_unit_is_another_quantity_is_not_written() -> None:
    """Better no value than a plausible wrong one."""
    item = Output("oil", unit="CEL")
    binding = OutputBinding.of_output("m", 0, item, ADDRESS, units=UnitContract("CEL", conversion))
    with pytest.raises(TagUnitMismatch, match=r"bar \(BAR\).*°C \(CEL\)"):
        encoder(binding, found(unit="BAR", unit_name="bar"), "oil")
