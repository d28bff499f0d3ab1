"""A PLC whose program asks by words, run as a process of its own: the example of docs/data-path.md in Python.

Beside what `plc_process` can do: {"do": "converse", "requests": n} lets the program ask so often, and
{"do": "heard"} tells what it took for the answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.integration.plc import plc_process
from tests.integration.plc.plc_process import Controller

SCAN = 0.01
PATIENCE = 3.0


class Program(Controller):
    """A PLC with a program of one cycle every 10 ms."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.answers: list[dict[str, Any]] = []
        self.asking: asyncio.Task[None] | None = None

    async def converse(self, requests: int, inputs: dict[str, list[float]], pause: float = 0.0) -> None:
        """Ask so many times in the background; `inputs` has first value and step of each tag."""
        self.asking = asyncio.create_task(self._ask(requests, inputs, pause), name="program")

    async def heard(self) -> list[dict[str, Any]]:
        """What the program has taken for answers so far."""
        return self.answers

    async def _ask(self, requests: int, inputs: dict[str, list[float]], pause: float) -> None:
        request_id = (await self.read("DoneId"))["value"]
        for number in range(requests):
            for name, (first, step) in inputs.items():
                await self.write(name, first + step * number)
            request_id += 1
            await self.write("RequestId", request_id)
            self.answers.append({"number": number, **await self._answer_to(request_id)})
            await asyncio.sleep(pause)

    async def _answer_to(self, request_id: int) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(SCAN)
            if (await self.read("DoneId"))["value"] == request_id:
                return {
                    "code": (await self.read("ResultCode"))["value"],
                    "flow": (await self.read("Flow"))["value"],
                }
        return {"code": "timeout", "flow": None}


plc_process.Controller = Program  # type: ignore[misc]

if __name__ == "__main__":
    json.loads(sys.argv[1])
    asyncio.run(plc_process.main())
