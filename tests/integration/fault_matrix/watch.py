"""What an HMI sees of one model: every prediction with quality, reason and the inputs it was made of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua import ua

    from tests.integration.service.hmi import Hmi

_PUBLISHING_MS = 20
_QUEUE = 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One prediction as `Latest` tells it.

    Attributes:
        at: our monotonic clock when it came.
        made: the same clock when the service published it, by the wall clock that both of us have.
        age: s from its SourceTimestamp to our clock then.
        status: name of the StatusCode of its outputs.
        value: of the output; None where there is none.
        reason, offending: in words, and the input that is to blame.
        inputs: value and name of the StatusCode of each input.
    """

    at: float
    made: float
    age: float
    status: str
    value: float | None
    reason: str
    offending: str
    inputs: dict[str, tuple[Any, str]]

    @property
    def is_good(self) -> bool:
        """Whether an operator takes it for true."""
        return self.status == "Good"


class Watch:
    """Keeps every prediction of one model since it was last forgotten."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.seen: list[Seen] = []
        self._came = asyncio.Event()

    async def begin(self, hmi: Hmi) -> None:
        """Subscribe."""
        subscription = await hmi.client.create_subscription(_PUBLISHING_MS, self)
        node = hmi.client.get_node(hmi.node_id(f"{self.model}.Latest"))
        await subscription.subscribe_data_change(node, queuesize=_QUEUE)

    def datachange_notification(self, _node: Any, value: Any, _data: Any) -> None:
        """Called for every prediction."""
        if value is None:
            return
        outputs, now, wall = value.Outputs, monotonic(), datetime.now(UTC)
        on_its_way = (wall - value.ServerTimestamp.replace(tzinfo=UTC)).total_seconds()
        self.seen.append(
            Seen(
                at=now,
                made=now - max(0.0, on_its_way),
                age=(wall - value.SourceTimestamp.replace(tzinfo=UTC)).total_seconds(),
                status=name_of(value.StatusCode),
                value=outputs[0].Value.Value if outputs else None,
                reason=value.Reason or "",
                offending=value.OffendingTag or "",
                inputs={one.Name: (_bare(one.Value), name_of(one.StatusCode)) for one in value.Inputs},
            )
        )
        self._came.set()

    @property
    def last(self) -> Seen | None:
        """The newest prediction."""
        return self.seen[-1] if self.seen else None

    def forget(self) -> None:
        """Keep the newest one alone."""
        del self.seen[:-1]

    async def until_seen(self, wanted: Callable[[Seen], bool], seconds: float, *, since: int = 0) -> int:
        """Wait for a prediction that is as wanted, among those from number `since` on; its number.

        Raises:
            TimeoutError: there was none in time.
        """
        place = since
        async with asyncio.timeout(seconds):
            while True:
                while place < len(self.seen):
                    if wanted(self.seen[place]):
                        return place
                    place += 1
                self._came.clear()
                await self._came.wait()

    async def until(self, status: str, seconds: float) -> None:
        """Wait until the newest prediction has this status.

        Raises:
            TimeoutError: it has not in time.
        """
        async with asyncio.timeout(seconds):
            while self.last is None or self.last.status != status:
                self._came.clear()
                await self._came.wait()


def name_of(status: ua.StatusCode | None) -> str:
    """The standard's name of a StatusCode; absent means Good."""
    return "Good" if status is None else str(status.name)


def _bare(value: ua.Variant | None) -> Any:
    return None if value is None else value.Value
