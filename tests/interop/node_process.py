"""A process of Node.js that runs one of the scripts beside this file, and the commands it takes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

FOLDER = Path(__file__).parent
LONGEST_LINE = 64 * 2**20  # bytes; a walk over a large address space is one answer
ANSWER_SECONDS = 130.0
EVENT_SECONDS = 30.0
END_SECONDS = 10.0

Answer = Any  # whatever JSON the script answers with


class NodeError(Exception):
    """What a command failed with; `status` is the StatusCode's name, or None."""

    def __init__(self, message: str, status: str | None) -> None:
        super().__init__(message)
        self.status = status


class NodeProcess:
    """One script; commands are answered in order, events wait until they are asked for.

    Answers and events are read when they are asked for, so no task of our own is needed.
    """

    def __init__(self, node: str, script: str, log: Path) -> None:
        self._arguments = (node, str(FOLDER / script))
        self._log = log
        self._events: deque[dict[str, Any]] = deque()
        self._last_id = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=LONGEST_LINE,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._running()
        if process.stdin is not None:
            process.stdin.close()
        try:
            # Drains what still comes, as a full pipe would keep the process from ending.
            await asyncio.wait_for(process.communicate(), END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def request(self, command: str, /, **arguments: Any) -> Answer:
        """Send a command and return its result.

        Raises:
            NodeError: the command failed.
        """
        process = self._running()
        self._last_id += 1
        line = json.dumps({"id": self._last_id, "command": command, "arguments": arguments})
        assert process.stdin is not None
        process.stdin.write(f"{line}\n".encode())
        await process.stdin.drain()
        async with asyncio.timeout(ANSWER_SECONDS):
            while (message := await self._message()).get("id") != self._last_id:
                self._events.append(message)
        if "error" in message:
            raise NodeError(message["error"]["message"], message["error"]["status"])
        return message["result"]

    async def event(self, **wanted: Any) -> dict[str, Any]:
        """The next event whose fields have the wanted values; those before it are dropped."""
        async with asyncio.timeout(EVENT_SECONDS):
            while True:
                event = self._events.popleft() if self._events else await self._message()
                if all(event.get(name) == value for name, value in wanted.items()):
                    return event

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._running().pid

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._running().kill()

    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "enter the context first"
        return self._process

    async def _message(self) -> dict[str, Any]:
        stdout = self._running().stdout
        assert stdout is not None
        line = await stdout.readline()
        if not line:
            told = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise NodeError(f"the script ended; it told: {told}", None)
        message: dict[str, Any] = json.loads(line)
        return message
