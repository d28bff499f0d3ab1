"""Writing to a PLC, switched by operators and ended by a clean stop: every part a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import BadUserAccessDenied

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import Model, Pump, configuration, running, serving, until_status
from tests.integration.service.hmi import connected
from tests.integration.service.processes import started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.service.hmi import Hmi

TAGS = (
    {"name": "Flow", "value": 0.0},
    {"name": "Quality", "value": 7, "type": "UInt32"},
    {"name": "Reason", "value": "", "type": "String"},
)
MODEL = Model(
    ('quality = "pump:s=Quality"', 'reason = "pump:s=Reason"'),
    outputs={"flow": '{ plc = "pump", node = "s=Flow", safe_value = 12.5 }'},
)
SWITCH = "MachineLearning.Sources.pump.WritingEnabled"


async def switch(hmi: Hmi, *, on: bool) -> None:
    """As an operator does it."""
    node = hmi.client.get_node(hmi.node_id(SWITCH))
    await node.write_value(ua.DataValue(ua.Variant(on, ua.VariantType.Boolean)))


async def until_held(pump: Pump, **wanted: object) -> None:
    """Until the PLC's tags hold this."""
    for name, value in wanted.items():
        found = await pump.until(name, value)
        assert found == value, name


async def test_an_operator_s_switch_ends_writing_and_outlives_a_restart(tmp_path: Path) -> None:
    """The last word is the safe value and the quality; Good again is only written when it is switched on."""
    async with running(Pump(*TAGS)) as pump:
        file = configuration(tmp_path, pump.endpoint, flow=MODEL)
        async with serving(file) as hmi:
            await until_held(pump, Quality=Status.Good)
            await switch(hmi, on=False)
            await until_held(pump, Quality=Status.BadOutOfService, Flow=12.5)
            assert await hmi.text(SWITCH) == "False"
            assert json.loads((tmp_path / "state" / "writing.json").read_text()) == {"off": ["pump"]}
        async with serving(file) as hmi:
            await until_status(hmi, Status.Good, "flow")
            assert await hmi.text(SWITCH) == "False"
            assert (await pump.do("read", name="Quality"))["value"] == Status.BadOutOfService
            await switch(hmi, on=True)
            await until_held(pump, Quality=Status.Good)


async def test_an_observer_can_t_switch(tmp_path: Path) -> None:
    """BadUserAccessDenied, and all goes on."""
    async with running(Pump(*TAGS)) as pump:
        file = configuration(tmp_path, pump.endpoint, flow=MODEL)
        file.write_text(file.read_text().replace('anonymous = "operator"', 'anonymous = "observer"'))
        async with serving(file) as hmi:
            with pytest.raises(BadUserAccessDenied):
                await switch(hmi, on=False)
            await until_held(pump, Quality=Status.Good)


async def test_a_clean_stop_leaves_the_truth_behind(tmp_path: Path) -> None:
    """Safe value, quality and reason stand in the PLC when the process has ended, within its time."""
    async with running(Pump(*TAGS)) as pump:
        file = configuration(tmp_path, pump.endpoint, flow=MODEL)
        async with started("serve", str(file)) as service:
            async with connected(service.first_line) as hmi:
                await until_status(hmi, Status.Good, "flow")
            await until_held(pump, Quality=Status.Good)
            code, _, told = await service.end()
        assert code == 0, told
        found = {name: (await pump.do("read", name=name))["value"] for name in ("Flow", "Quality", "Reason")}
        assert found == {
            "Flow": 12.5,
            "Quality": Status.BadOutOfService,
            "Reason": "the service has stopped",
        }
