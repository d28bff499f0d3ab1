"""A PLC with the tags of a pump, and a service that feeds a model with them: processes of their own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncua import ua

from tests.integration.plc.bench import URI, Plc
from tests.integration.service.hmi import Hmi, connected, status
from tests.integration.service.plant_file import open_server, plant_file
from tests.integration.service.processes import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

VALUES = {
    "SuctionPressure": 0.4,
    "DischargePressure": 2.5,
    "MotorSpeed": 1480.0,
    "MotorTorque": 30.0,
    "MotorPower": 5.0,
    "ValvePosition": 60.0,
}
_PROGRAM = Path(__file__).with_name("handshake_plc.py")


class Pump(Plc):
    """The PLC; it takes further tags, and options of single ones."""

    def __init__(self, *more: dict[str, Any], **tags: dict[str, Any]) -> None:
        nodes = [{"name": name, "value": value} | tags.get(name, {}) for name, value in VALUES.items()]
        super().__init__(nodes=[*nodes, *more])

    def start(self) -> None:
        """Start its process and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), json.dumps(self.options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    async def until(self, name: str, wanted: object, seconds: float = 15.0) -> object:
        """What the tag holds as soon as it is this.

        Raises:
            TimeoutError: it was not in time.
        """
        async with asyncio.timeout(seconds):
            while (found := (await self.do("read", name=name))["value"]) != wanted:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
        return found


@dataclass(frozen=True)
class Model:
    """A model `pump_flow` of the configuration.

    Attributes:
        keys: lines of its table.
        inputs: TOML value of single inputs; each other one is the tag of its name. None for no tags at all.
        outputs: TOML value of outputs.
    """

    keys: tuple[str, ...] = ()
    inputs: Mapping[str, str] | None = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    def lines(self, name: str) -> Iterator[str]:
        """Of the file."""
        yield from (f"[models.{name}]", 'package = "pump_flow"', *self.keys)
        if self.inputs is not None:
            fed = {tag: f'"pump:s={tag}"' for tag in VALUES} | dict(self.inputs)
            yield from (f"[models.{name}.inputs]", *(f"{key} = {tag}" for key, tag in fed.items()))
        if self.outputs:
            yield from (f"[models.{name}.outputs]", *(f"{key} = {tag}" for key, tag in self.outputs.items()))


def configuration(folder: Path, plc: str, **models: Model) -> Path:
    """A file that serves these models, by name, on the tags of the PLC at this endpoint."""
    lines = [
        *open_server(),
        "[plcs.pump]",
        f'endpoint = "{plc}"',
        f'namespace_uri = "{URI}"',
        'security_policy = "None"',
        "publishing_interval_ms = 50",
        "keep_alive_ms = 1000",
        *(line for name, model in models.items() for line in model.lines(name)),
    ]
    return plant_file(folder, lines)


@asynccontextmanager
async def serving(file: Path) -> AsyncIterator[Hmi]:
    """An HMI of a service that serves this file."""
    async with (
        started("serve", str(file)) as service,
        connected(service.first_line, processes=[service.pid]) as hmi,
    ):
        yield hmi


@asynccontextmanager
async def running(pump: Pump) -> AsyncIterator[Pump]:
    """The PLC, ended with the block."""
    await asyncio.to_thread(pump.start)
    try:
        yield pump
    finally:
        pump.close()


def output(model: str) -> str:
    """Path of a model's output."""
    return f"{model}.Outputs.flow"


async def until_status(hmi: Hmi, wanted: int, model: str, seconds: float = 10.0) -> Any:
    """Read a model's output until it has this StatusCode; its value."""
    found = await hmi.until(output(model), lambda value: status(value) == wanted, seconds)
    return None if found.Value is None else found.Value.Value


async def predicted(hmi: Hmi, model: str, *rows: Mapping[str, float]) -> list[float]:
    """What the model says of these rows, by method."""
    matrix = [float(row[name]) for row in rows for name in VALUES]
    count = ua.Variant(len(rows), ua.VariantType.UInt32)
    node = hmi.client.get_node(hmi.node_id(model))
    found = await node.call_method(hmi.node_id(f"{model}.PredictBatch"), matrix, count)
    return list(found[0])
