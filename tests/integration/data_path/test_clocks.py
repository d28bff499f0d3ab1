"""Inputs from two PLCs, one of whose clocks is an hour ahead, each a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import output, serving, until_status
from tests.integration.service.plant_file import open_server, plant_file
from tests.integration.service.processes import INPUTS, simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _plc(name: str, endpoint: str, *lines: str) -> Iterator[str]:
    yield from (f"[plcs.{name}]", f'endpoint = "{endpoint}"', 'namespace_uri = "urn:opcua-ml:simulator"')
    yield from ('security_policy = "None"', *lines)


def _model(name: str, pressures: str, *lines: str) -> Iterator[str]:
    yield from (f"[models.{name}]", 'package = "pump_flow"', *lines, f"[models.{name}.inputs]")
    for item in INPUTS:
        yield f'{item} = "{pressures if item.endswith("Pressure") else "true"}:s=PumpStation.{item}"'


async def test_clocks_that_differ_are_corrected_where_that_is_asked_for(tmp_path: Path) -> None:
    """Times are compared, joined at a leading tag and told as our clock has them; else all is Bad."""
    skewed = ("--fault", "ClockSkew,magnitude=3600")
    leading = 'trigger = { kind = "leading", input = "MotorSpeed" }'
    bound = "join = { max_skew_ms = 10_000 }"
    async with simulator(*skewed) as (_, ahead), simulator() as (_, true):
        lines = [
            *open_server(),
            *_plc("true", true),
            *_plc("raw", ahead),
            *_plc("corrected", ahead, "correct_clock = true"),
            *_model("apart", "raw", bound),
            *_model("together", "corrected", bound),
            *_model("late", "raw", leading),
            *_model("led", "corrected", leading),
        ]
        file = plant_file(tmp_path, lines)
        async with serving(file) as hmi:
            for model in ("together", "led"):
                await until_status(hmi, Status.Good, model, seconds=30)
                stamp = (await hmi.read(output(model))).SourceTimestamp
                assert stamp is not None
                assert abs(datetime.now(UTC) - stamp.replace(tzinfo=UTC)) < timedelta(seconds=30)
            await until_status(hmi, Status.BadInvalidTimestamp, "apart", seconds=30)
            await hmi.until_bad(output("late"))
