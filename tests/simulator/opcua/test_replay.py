"""A recording played over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from asyncua import ua

from opcua_ml_simulator import ReplaySettings

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
FRAME = pd.DataFrame(
    {"Flow": [1.0, 2.0, float("nan")], "Mode": ["auto", "hand", "hand"]},
    index=pd.to_datetime(["2024-01-01 00:00:00", "2024-01-01 00:00:01", "2024-01-01 00:00:02"]),
)
ROWS = ua.VariantType.UInt32


async def step(plant: Any, rows: int) -> Any:
    """Call Replay.Step; row and Done, or the name of the refusal."""
    result = await plant.call("Replay.Step", ua.Variant(rows, ROWS))
    if not result.StatusCode.is_good():
        return result.StatusCode.name
    return [out.Value for out in result.OutputArguments]


async def test_a_frame_is_stepped_row_by_row_over_the_wire(start_plant: Any) -> None:
    """Values, Bad for what is missing, recorded times, row number and Done; then nothing is left to do."""
    settings = ReplaySettings(source=FRAME, paused=True, timestamps="file", columns={"Flow": "Rig.Flow"})
    plant = await start_plant(manual=True, replay=settings)
    assert (await plant.read("Replay.Row")).StatusCode.name == "BadWaitingForInitialData"
    assert (await plant.read("Replay.Rig.Flow")).StatusCode.name == "BadWaitingForInitialData"
    assert await plant.value("Replay.RowCount") == 3
    assert await step(plant, 1) == [0, False]
    flow = await plant.read("Replay.Rig.Flow")
    assert (flow.Value.Value, flow.SourceTimestamp) == (1.0, datetime(2024, 1, 1, tzinfo=UTC))
    assert await plant.value("Replay.Mode") == "auto"
    assert await step(plant, 5) == [2, True]
    missing = await plant.read("Replay.Rig.Flow")
    assert (missing.Value.Value, missing.StatusCode.name) == (None, "BadNoDataAvailable")
    row = await plant.read("Replay.Row")
    assert (row.Value.Value, row.SourceTimestamp) == (2, datetime(2024, 1, 1, 0, 0, 2, tzinfo=UTC))
    assert await plant.value("Replay.Done") is True
    assert await step(plant, 1) == "BadNothingToDo"
    assert (await plant.call("Replay.Start")).StatusCode.name == "BadNothingToDo"
    assert (await plant.call("Replay.Rewind")).StatusCode.is_good()
    assert await plant.value("Replay.Done") is False
    assert await step(plant, 1) == [0, False]


async def test_a_playing_replay_is_not_stepped(start_plant: Any, eventually: Any) -> None:
    """Step is for a held one; Stop holds it; zero rows are out of range."""
    plant = await start_plant(manual=True, replay=ReplaySettings(source=FRAME, loop=True, speed=20.0))
    assert await step(plant, 1) == "BadInvalidState"
    assert await step(plant, 0) == "BadInvalidArgument"

    async def at_row_two() -> bool:
        return bool(await plant.value("Replay.Row") == 2)

    await eventually(at_row_two)
    assert (await plant.call("Replay.Stop")).StatusCode.is_good()
    assert await plant.value("Replay.Running") is False
    held = await plant.value("Replay.Row")
    assert await step(plant, 1) == [(held + 1) % 3, False]


async def test_replayed_tags_can_be_disturbed_like_others(start_plant: Any) -> None:
    """SetQuality and tag faults reach them."""
    plant = await start_plant(manual=True, replay=ReplaySettings(source=FRAME, paused=True))
    await step(plant, 1)
    await plant.simulator.set_quality("Replay.Flow", 0x808C0000)
    assert (await plant.read("Replay.Flow")).StatusCode.name == "BadSensorFailure"
    await step(plant, 1)
    assert (await plant.read("Replay.Flow")).StatusCode.name == "BadSensorFailure"
    await plant.simulator.clear_tag_faults()
    assert await plant.value("Replay.Flow") == 2.0


@pytest.mark.skipif(not DATA.is_dir(), reason="the recordings beside the checkout are absent")
async def test_every_row_of_a_real_recording_reaches_the_client(start_plant: Any) -> None:
    """100 rows of the water rig, read tag by tag after each step, are the file's own numbers."""
    source = DATA / "skab" / "valve1" / "0.csv"
    plant = await start_plant(manual=True, replay=ReplaySettings(source=source, paused=True))
    expected = pd.read_csv(source, sep=";").drop(columns="datetime").head(100)
    nodes = [plant.node(f"Replay.{column}") for column in expected.columns]
    for number, row in enumerate(expected.itertuples(index=False)):
        assert await step(plant, 1) == [number, False]
        assert await plant.client.read_values(nodes) == list(row)
