"""The lane on which values reach the address space: straight into the attribute, then to its watchers.

A server's own values need none of the checks that a client's Write gets, and a prediction changes many nodes
at once: first all values are put, without a point at which anything else could run, then the watchers hear of
them. So a Read sees all of a prediction or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import AttributeValue

_log = structlog.get_logger(__name__)


class ValueCell:
    """The Value attribute of one node."""

    __slots__ = ("_attribute",)

    def __init__(self, attribute: AttributeValue) -> None:
        self._attribute = attribute

    @property
    def value(self) -> ua.DataValue:
        """As a Read answers it."""
        held = self._attribute.value
        return held if held is not None else ua.DataValue()

    def put(self, value: ua.DataValue) -> None:
        """Change the value; the watchers hear of it by `notify`."""
        self._attribute.value = value

    async def notify(self, value: ua.DataValue) -> None:
        """Tell who watches; one watcher's fault does not keep the value from the others."""
        watchers = self._attribute.datachange_callbacks
        if not watchers:
            return
        for handle, watcher in tuple(watchers.items()):
            try:
                waiting = watcher(handle, value)
                if waiting is not None:
                    await waiting
            except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
                _log.exception("data change watcher failed", handle=handle)


async def change_together(changes: Iterable[tuple[ValueCell, ua.DataValue]]) -> None:
    """Change several values as one, then tell their watchers in the same order."""
    changed = list(changes)
    for cell, value in changed:
        cell.put(value)
    for cell, value in changed:
        await cell.notify(value)
