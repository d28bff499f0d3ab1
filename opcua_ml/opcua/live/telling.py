"""A changed attribute's watchers are told, hundreds of them in parts: in between, other work may go first.

Every watcher hears of all changes in their order: whoever changes the attribute next first tells the rest of
what is still being told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua

from opcua_ml.opcua.hot import DECLINED, encode_data_value, to_filetime
from opcua_ml.opcua.live.cell import FEW
from opcua_ml.opcua.live.watcher import NumberBatch, NumberWatcher, mark_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua.server.address_space import AttributeValue

    Breathe = Callable[[], Awaitable[None]]

_log = structlog.get_logger(__name__)
_SCALARS: Final = frozenset({bool, int, float, str})
_NUMBERS: Final = frozenset(
    kind for kind in ua.VariantType if 1 <= kind.value <= 11 and kind is not ua.VariantType.Float
)
"""Whose content is what a client decodes; a Float may have been given with more digits."""
_PART: Final = 64
"""Watchers that are told without a pause: about a microsecond each."""


class _Telling:
    """One change of an attribute, and who has not heard of it yet."""

    __slots__ = ("_attribute", "_number", "_value", "_watchers")

    def __init__(self, attribute: AttributeValue, value: ua.DataValue, *, again: bool) -> None:
        self._attribute = attribute
        self._value = value
        self._watchers = watchers_of(attribute, again=again)
        self._number = _as_number(value) if len(self._watchers) > FEW else None
        self._watchers.reverse()

    def __len__(self) -> int:
        return len(self._watchers)

    async def some(self, most: int) -> None:
        """Tell so many of those who are left and still watch."""
        watchers, present = self._watchers, self._attribute.datachange_callbacks
        number = self._number
        while watchers and most:
            most -= 1
            handle, watcher = watchers.pop()
            if handle not in present:
                continue
            try:
                if number is not None and isinstance(watcher, NumberWatcher) and watcher.number(*number):
                    continue
            except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
                _log.exception("data change watcher failed", handle=handle)
                continue
            waiting = call(watcher, handle, self._value)
            if waiting is not None:
                await heard(waiting)


_UNFINISHED: Final[dict[int, _Telling]] = {}
"""What is being told with pauses, by the id of its attribute."""


async def tell(
    attribute: AttributeValue, value: ua.DataValue, *, again: bool = False, breathe: Breathe | None = None
) -> None:
    """Tell who watches an attribute; one watcher's fault does not keep the value from the others.

    Args:
        attribute: that has changed.
        value: that it has now.
        again: it had the same before but for the timestamps, see `repeats`.
        breathe: is awaited between two parts where many watch; without it all are told in one go.
    """
    await finish(attribute)
    telling = _Telling(attribute, value, again=again)
    if breathe is None or len(telling) <= _PART:
        await telling.some(len(telling))
        return
    _UNFINISHED[id(attribute)] = telling
    try:
        while telling:
            await telling.some(_PART)
            if telling:
                await breathe()
    finally:
        # Whoever was stopped in a pause has not told all; nobody may miss a value for that.
        if _UNFINISHED.get(id(attribute)) is telling:
            await finish(attribute)


async def finish(*attributes: AttributeValue) -> None:
    """Tell the rest of what is being told of attributes that change again."""
    for attribute in attributes if _UNFINISHED else ():
        telling = _UNFINISHED.pop(id(attribute), None)
        while telling:
            await telling.some(_PART)


def watchers_of(attribute: AttributeValue, *, again: bool) -> list[tuple[int, Any]]:
    """Who has to be told of a change, each with its handle; of one that `repeats` hardly anybody."""
    watchers = attribute.datachange_callbacks.items()
    if again:
        return [one for one in watchers if not getattr(one[1], "indifferent", False)]
    return [*watchers]


def call(watcher: Any, handle: int, value: ua.DataValue) -> Awaitable[Any] | None:
    """Call a watcher as asyncua does; what has to be awaited of it, if anything."""
    try:
        waiting: Awaitable[Any] | None = watcher(handle, value)
    except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
        _log.exception("data change watcher failed", handle=handle)
        return None
    return waiting


async def heard(waiting: Awaitable[Any]) -> None:
    """Await what a watcher had to be awaited for."""
    try:
        await waiting
    except Exception:  # noqa: BLE001 - as above
        _log.exception("data change watcher failed")


def _as_number(value: ua.DataValue) -> tuple[Any, bytes, NumberBatch] | None:
    """What `NumberWatcher.number` takes; None for all that is no number with both timestamps."""
    variant: Any = value.Value
    source: Any = value.SourceTimestamp
    if (
        variant is None
        or variant.VariantType not in _NUMBERS
        or type(variant.Value) not in _SCALARS
        or source is None
        or not value.ServerTimestamp
        or value.SourcePicoseconds
        or value.ServerPicoseconds
    ):
        return None
    data = encode_data_value(value)
    if data is DECLINED:
        return None
    status = value.StatusCode.value if value.StatusCode else 0
    return variant.Value, data, NumberBatch(mark_of(variant.VariantType.value, status), to_filetime(source))
