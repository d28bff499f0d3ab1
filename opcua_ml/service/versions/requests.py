"""What people ask of one model's versions, done one after another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from opcua_ml.domain.errors import OpcuaMlError, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Job = Callable[[], Awaitable[str]]

_log = structlog.get_logger(__name__)

MOST_JOBS = 16
"""Requests that may wait; one more is refused."""


class Requests:
    """Does jobs in a task of its own: a client that goes away must not leave a step half done.

    Args:
        where: name of the model, for errors.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._jobs: asyncio.Queue[tuple[asyncio.Future[str], Job]] = asyncio.Queue(MOST_JOBS)

    async def done(self, job: Job) -> str:
        """Let `run` do it, and wait for what it makes.

        Raises:
            TooManyRequests: too many wait.
            OpcuaMlError: of the job; a fault of ours reaches who asks as it is.
        """
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.put_nowait((answer, job))
        except asyncio.QueueFull:
            raise TooManyRequests("too many requests wait", where=self._where, found=MOST_JOBS) from None
        return await answer

    async def run(self) -> None:
        """Do what comes, until cancelled."""
        while True:
            answer, job = await self._jobs.get()
            try:
                made = await job()
            except Exception as error:  # noqa: BLE001 - one request's fault must not end the service
                if not isinstance(error, OpcuaMlError):
                    _log.exception("request failed", model=self._where)
                if not answer.cancelled():
                    answer.set_exception(error)
                continue
            if not answer.cancelled():
                answer.set_result(made)
