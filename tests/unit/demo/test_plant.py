"""The demo's PLC as a process: how it starts, ends, and fails."""

import pytest

from opcua_ml.demo.plant import Plant, PlantSettings
from opcua_ml.domain.errors import EndpointUnavailable


async def test_a_plc_tells_where_it_listens_and_ends_when_asked() -> None:
    """A second request to end does nothing."""
    plant = Plant(PlantSettings())
    await plant.start()
    try:
        assert plant.endpoint.startswith("opc.tcp://127.0.0.1:")
        running = plant.pid
    finally:
        await plant.stop()
    assert running is not None
    assert plant.pid is None
    await plant.stop()


async def test_a_plc_that_can_not_start_is_told_in_its_own_words() -> None:
    """And no process is left."""
    plant = Plant(PlantSettings(speed=-1.0))
    with pytest.raises(EndpointUnavailable, match=r"did not start; found .*speed"):
        await plant.start()
    assert plant.pid is None
