"""Answers every segment with the same bytes, on uvloop: the least that any server on it takes.

python bare_loop.py PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

PADDING = 188
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % PADDING + b"x" * PADDING


class Bare(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - the transport's signature
        """Answer."""
        self._write(ANSWER)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port)
    print("{}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
