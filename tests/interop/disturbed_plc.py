"""A PLC of node-opcua whose program, clock, nodes and life can be disturbed as the simulator's can."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.integration.fault_matrix.expectation import DISTURBED
from tests.integration.fault_matrix.plc import Plc
from tests.integration.fault_matrix.policies import COLUMNS, PUMP, SCAN, URI
from tests.interop.node_process import NodeProcess

if TYPE_CHECKING:
    from pathlib import Path

# A working point of the pump, at which it delivers 96 m³/h.
_VALUES = {
    "PumpStation.SuctionPressure": -0.0148,
    "PumpStation.DischargePressure": 2.331,
    "PumpStation.MotorSpeed": 2523.4,
    "PumpStation.MotorTorque": 31.04,
    "PumpStation.MotorPower": 8.916,
    "PumpStation.ValvePosition": 70.41,
}
_HEARTBEAT = "Plc.Heartbeat"
_DISTURBED = f"PumpStation.{DISTURBED}"


def _tag(name: str, kind: str = "Double", value: float = 0, *, writable: bool = False) -> dict[str, Any]:
    return {"name": name, "type": kind, "value": value, "writable": writable}


_RESULTS = [policy.result for policy in COLUMNS if policy.result_at == PUMP]
_TAGS = [
    *(_tag(name, value=value) for name, value in _VALUES.items()),
    _tag(_HEARTBEAT, "UInt32"),
    _tag("Results.Heartbeat", "UInt32", writable=True),
    *(_tag(f"Results.{result}", writable=True) for result in _RESULTS),
    *(_tag(f"Results.{result}Quality", "UInt32", writable=True) for result in _RESULTS),
]


class DisturbedPlc(Plc):
    """As the simulator's process, for the faults that it knows.

    Args:
        node: Node.js.
        certificates: folder of node-opcua's own certificate.
        log: takes what the process tells.
    """

    def __init__(self, node: str, certificates: Path, log: Path) -> None:
        super().__init__()
        self._node = node
        self._certificates = certificates
        self._log = log
        self._script: NodeProcess | None = None

    async def start(self) -> None:
        """Start the process and its program."""
        script = NodeProcess(self._node, "plc.js", self._log)
        self._script = await self._stack.enter_async_context(script)
        folder = str(self._certificates)
        started = await script.request("start", namespace_uri=URI, tags=_TAGS, folder=folder, port=self.port)
        self.port = started["port"]
        self.endpoint = f"opc.tcp://127.0.0.1:{self.port}"
        await script.request("play", values=_VALUES, heartbeat=_HEARTBEAT, period=SCAN)

    async def kill(self) -> None:
        """End the process as a power cut would."""
        await self._hang_up()
        if self._script is not None:
            script, self._script = self._script, None
            with suppress(ProcessLookupError):
                script.kill()
            await self._stack.aclose()

    def freeze(self) -> None:
        """Stop the process in the middle of what it does."""
        os.kill(self._running.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._running.pid, signal.SIGCONT)

    async def call(self, method: str, *arguments: str | float) -> None:
        """Do what a method of the simulator does."""
        match method, *arguments:
            case "InjectTagFault", str(tag), "NodeRemoved", *_:
                await self._running.request("remove", tag=tag)
            case "InjectTagFault", str(tag), str(kind), magnitude, *_:
                await self._running.request("disturb", tag=tag, kind=kind, magnitude=magnitude)
            case "ClearTagFaults", *_:
                await self._repair()
            case "InjectServerFault", "ClockSkew", seconds, *_:
                await self._running.request("setClock", ahead=seconds)
            case "InjectServerFault", "NamespaceReorder", *_:
                await self._running.request("restart", pause=0, namespaces_before=["urn:a:library"])
            case "InjectServerFault", "Restart", _, seconds:
                await self._running.request("restart", pause=seconds)
            case "InjectServerFault", "Crash", *_:
                await self.kill()
            case "ClearServerFaults", *_:
                await self._running.request("setClock", ahead=0)
                if await self.namespace_index() != 2:
                    await self._running.request("restart", pause=0)
            case _:
                raise NotImplementedError(method, arguments)

    async def ended(self) -> None:
        """It has, as `call` waits for it."""

    async def _repair(self) -> None:
        await self._running.request("disturb", tag=_DISTURBED)
        if (await self._running.request("has", tag=_DISTURBED)) is False:
            (tag,) = (one for one in _TAGS if one["name"] == _DISTURBED)
            await self._running.request("add", namespace_uri=URI, tag=tag)

    @property
    def _running(self) -> NodeProcess:
        assert self._script is not None, "the PLC does not run"
        return self._script
