"""The structures, in a process that has never seen them."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.server.stage import FLOW, card, flow

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage


async def test_a_fresh_client_decodes_latest_from_the_servers_definitions(stage: Stage) -> None:
    """Names, values and quality, from DataTypeDefinition alone."""
    await stage.show(card("decoded", FLOW), flow)
    made = await stage.publish("decoded", (1.0, 2.0))
    script = Path(__file__).with_name("fresh_client.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, stage.server.url, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert json.loads(output) == {
        "type": "PredictionDataType",
        "id": made.id,
        "inputs": {"flow": 1.0, "level": 2.0},
        "outputs": {"sum": 3.0},
        "quality": "Good",
    }
