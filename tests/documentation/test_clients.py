"""Clients in the documents do what they say, beside a service of the examples that runs."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.documentation.blocks import ROOT, blocks
from tests.integration.plc.bench import free_port
from tests.integration.service.hmi import connected
from tests.integration.service.processes import simulator, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asyncua import ua

    from tests.documentation.blocks import Block

TOLD = {
    "history.md": (
        r"raw \S+ \S+ Good \d+\.\d+",
        r"mean \S+ \S+ (Good|Uncertain)\w* \d+\.\d+",
        r"event \S+ \S+ 700 pump PLC pump is not connected.*",
    ),
    "alarms.md": (
        r"\S+ \S+ (active|over) new 700 pump ConnectionLost .+",
        r"\S+ \S+ (active|over) seen 700 pump ConnectionLost .+",
    ),
}
"""By document: lines that its client prints."""
ENDPOINT = "opc.tcp://127.0.0.1:4840/opcua-ml"
FLOW = "pump_flow.Outputs.flow"
MORE_VALUES = 3
SITE = "urn:example:pump-station"


def example(folder: Path, plc: int) -> Path:
    """A copy of the example on free ports, which tells of a PLC that is away at once."""
    path = folder / "pump_station.toml"
    shutil.copy(ROOT / "examples" / path.name, path)
    text = path.read_text(encoding="utf-8")
    text = text.replace(ENDPOINT, "opc.tcp://127.0.0.1:0/opcua-ml").replace(":4841", f":{plc}")
    path.write_text(f"{text}\n[alarms.plc_lost]\non_delay_ms = 0\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("block", blocks("python", "client"), ids=str)
async def test_a_client_in_the_documents_finds_what_it_looks_for(block: Block, tmp_path: Path) -> None:
    """Of a PLC that came late: values, an Aggregate, its event, its alarm; without a warning."""
    port = free_port()
    async with (
        started("serve", str(example(tmp_path, port))) as service,
        connected(service.first_line, SITE) as hmi,
    ):
        await hmi.until("MachineLearning.Sources.pump.Alarms.ConnectionLost.ActiveState.Id", is_true)
        async with simulator(port=port):
            last = await hmi.until_good(FLOW)
            for _ in range(MORE_VALUES):
                last = await hmi.until(FLOW, later_than(last))
            script = block.text.replace(ENDPOINT, service.first_line)
            assert script != block.text
            client = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "error", "-c", script),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, errors = await asyncio.wait_for(client.communicate(), 60)
    told = out.decode()
    assert client.returncode == 0, errors.decode()
    for line in TOLD[block.document.name]:
        assert re.search(f"^{line}$", told, re.MULTILINE), told


def later_than(one: ua.DataValue) -> Callable[[ua.DataValue], bool]:
    """Whether a value is a newer one."""
    return lambda found: found.SourceTimestamp != one.SourceTimestamp


def is_true(found: object) -> bool:
    """A Boolean that is true."""
    value = getattr(found, "Value", None)
    return value is not None and value.Value is True
