"""What subscriptions still have to say when the server is about to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opcua_ml.opcua.trust.subscriptions.subscription import PlantSubscription

_log = structlog.get_logger(__name__)


async def send_all(subscriptions: Iterable[PlantSubscription], deadline_s: float) -> None:
    """Send what waits of clients' subscriptions, as far as there are Publish requests to answer by it.

    Args:
        subscriptions: all of the server.
        deadline_s: after which what is left is given up, with a warning.
    """
    held = [one for one in subscriptions if one.is_external]
    for subscription in held:
        subscription.catch_up()
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while any(subscription.sending for subscription in held):
        if loop.time() > end:
            _log.warning("not every notification could be sent before the end", deadline_s=deadline_s)
            return
        await asyncio.sleep(0)  # messages leave one per turn of the loop
