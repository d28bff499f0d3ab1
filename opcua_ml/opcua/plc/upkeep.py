"""Seeing to single tags while the others run: trying again what failed, looking again at what works."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.errors import TagUnknown
from opcua_ml.domain.wording import sentence
from opcua_ml.opcua.plc.delivery import GONE
from opcua_ml.opcua.plc.engineering import read_again
from opcua_ml.opcua.plc.failure import SessionFailed
from opcua_ml.opcua.plc.notification import plain
from opcua_ml.opcua.status_codes import status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opcua_ml.opcua.plc.delivery import SampleDelivery
    from opcua_ml.opcua.plc.input_tag import InputTag
    from opcua_ml.opcua.plc.inspection import Found
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings

_AT_ONCE = 25  # tags: decoding their attributes must not hold up the event loop
_ATTRIBUTES = (AttributeIds.DataType, AttributeIds.Value)


class Upkeep:
    """Of the tags of one session.

    Args:
        session: whose tags they are.
        settings: how often.
        tags: all of them.
        delivery: takes what is found wrong.
        bind: finds tags and subscribes to them anew.
        monotonic: clock.
    """

    def __init__(
        self,
        session: PlcSession,
        settings: PlcSettings,
        tags: Sequence[InputTag],
        delivery: SampleDelivery,
        *,
        bind: Callable[[Sequence[InputTag]], Awaitable[None]],
        monotonic: Callable[[], float],
    ) -> None:
        self._session = session
        self._settings = settings
        self._tags = tags
        self._delivery = delivery
        self._bind = bind
        self._monotonic = monotonic

    async def retry(self) -> None:
        """Try tags that could not be used again, each at its own pace, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.retry_min / 2)
            now = self._monotonic()
            due = [tag for tag in self._tags if tag.retry_at is not None and tag.retry_at <= now]
            if due:
                await self._session.read_namespaces()
                await self._bind(due)

    async def recheck(self) -> None:
        """See, now and then, that tags are still what they were, until cancelled: some PLCs don't tell.

        Raises:
            SessionFailed: the namespaces have changed, so that every tag is to be found anew.
        """
        parts = [self._tags[start : start + _AT_ONCE] for start in range(0, len(self._tags), _AT_ONCE)]
        while True:
            known = self._session.namespaces
            if (await self._session.read_namespaces())[: len(known)] != known:
                raise SessionFailed(sentence("the PLC's namespaces have changed"))
            for part in parts:
                await asyncio.sleep(self._settings.recheck / len(parts))
                await self._recheck(
                    [tag for tag in part if tag.monitored and tag.found and tag.retry_at is None]
                )

    async def _recheck(self, tags: Sequence[InputTag]) -> None:
        found = [tag.found for tag in tags if tag.found]
        read = iter(await self._session.read([(one.node, item) for one in found for item in _ATTRIBUTES]))
        engineering = await read_again(self._session, [one.engineering for one in found])
        changed: list[InputTag] = []
        for tag, one, units in zip(tags, found, engineering, strict=True):
            data_type, value = next(read), next(read)
            code = 0 if data_type.StatusCode is None else data_type.StatusCode.value
            if code in GONE:
                problem = TagUnknown("the PLC has no such node any more", where=str(tag.binding.address))
                self._delivery.refuse(tag, status_of(problem), problem.sentence)
            elif _is_other_type(one, data_type) or tag.is_deaf(*plain(value)[:2]):
                changed.append(tag)
            elif units != one.engineering:
                self._delivery.put_off(tag)  # as if the PLC had told; `retry` finds the tag again
        if changed:
            await self._bind(changed)


def _is_other_type(found: Found, data_type: ua.DataValue) -> bool:
    node = None if data_type.Value is None else data_type.Value.Value
    return isinstance(node, ua.NodeId) and node != found.data_type_node
