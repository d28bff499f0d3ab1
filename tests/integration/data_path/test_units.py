"""Units over the wire: what a PLC says of its tags, against what a model wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import (
    VALUES,
    Model,
    Pump,
    configuration,
    predicted,
    running,
    serving,
    until_status,
)

if TYPE_CHECKING:
    from pathlib import Path

PSI, BAR, FAHRENHEIT, CUBIC_FEET = (20563, "psi"), (4342098, "bar"), (4604232, "°F"), (12876, "ft³/min")


async def test_values_are_converted_both_ways_or_refused_with_both_units_named(tmp_path: Path) -> None:
    """A tag in psi feeds an input in bar, a result in m³/h reaches a tag in ft³/min, °F is no pressure."""
    pump = Pump(
        {"name": "Hot", "value": 100.0, "unit": FAHRENHEIT},
        {"name": "Result", "value": 0.0, "unit": CUBIC_FEET},
        DischargePressure={"value": 36.25943, "unit": PSI, "range": (0.0, 80.0)},
        SuctionPressure={"unit": BAR},
    )
    models = {
        "right": Model(outputs={"flow": '"pump:s=Result"'}),
        "wrong": Model(inputs={"SuctionPressure": '"pump:s=Hot"'}),
    }
    async with running(pump), serving(configuration(tmp_path, pump.endpoint, **models)) as hmi:
        found = await until_status(hmi, Status.Good, "right")
        (wanted,) = await predicted(hmi, "right", VALUES)
        assert found == pytest.approx(wanted, rel=1e-4)
        shown = await hmi.read("right.Inputs.DischargePressure")
        assert shown.Value is not None
        assert shown.Value.Value == pytest.approx(2.5, rel=1e-6)
        await until_status(hmi, Status.BadConfigurationError, "wrong")
        assert await hmi.text("wrong.OffendingTag") == "SuctionPressure"
        problems = await hmi.text("MachineLearning.Sources.pump.Problems")
        assert "°F (FAH)" in problems
        assert "bar (BAR)" in problems
        result = await pump.do("read", name="Result")
        assert result["value"] == pytest.approx(found / 1.69901, rel=1e-4)
