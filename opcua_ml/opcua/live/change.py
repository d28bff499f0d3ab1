"""The lane on which values reach the address space: straight into the attributes, then to their watchers.

A server's own values need none of the checks that a client's Write gets, and a prediction changes many nodes
at once: first all values are put, without a point at which anything else could run, then the watchers hear of
them. So a Read sees all of a prediction or nothing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from asyncua import ua

from opcua_ml.opcua.hot import encode_numbers, to_datetime
from opcua_ml.opcua.live.watcher import NumberBatch, NumberWatcher, mark_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from asyncua.server.address_space import AttributeValue

    from opcua_ml.opcua.live.cell import ValueCell

_log = structlog.get_logger(__name__)
_ua: Any = ua


class Numbers(NamedTuple):
    """Numbers or Booleans of one type, with one status and the same timestamps.

    Args:
        cells: that change.
        kind: the VariantType, one of fixed length.
        contents: the numbers, in the order of the cells; each must fit its type.
        status: StatusCode, not Bad.
        source, server: timestamps as filetimes.
    """

    cells: Sequence[ValueCell]
    kind: ua.VariantType
    contents: Sequence[Any]
    status: int
    source: int
    server: int


async def change_together(
    changes: Iterable[tuple[ValueCell, ua.DataValue]],
    numbers: Iterable[Numbers] = (),
    later: Iterable[tuple[ValueCell, Callable[[], ua.DataValue]]] = (),
) -> None:
    """Change several values as one, then tell their watchers: numbers first, `changes` last.

    Args:
        changes: cells and their new values.
        numbers: numbers and Booleans that share type, status and times.
        later: cells and what makes their new values, once somebody looks: a structure costs more than
            everything else, and often nobody reads it.

    Raises:
        ValueError: not as many numbers as cells; nothing has changed then.
    """
    encoded, misfits = _all_encoded(numbers)
    changed = [*changes, *misfits]
    made_later = tuple(later)
    for batch, _, encodings in encoded:
        for cell, data in zip(batch.cells, encodings, strict=True):
            cell.data = data
            cell.decoded = None
    for cell, make in made_later:
        cell.data, cell.decoded = make, None
    for cell, value in changed:
        cell.value = value
    for batch, contents, encodings in encoded:
        for waiting in _tell_numbers(batch, contents, encodings):
            await _heard(waiting)
    for cell in [cell for cell, _ in made_later if cell.datachange_callbacks]:
        await tell(cell, cell.value)
    for cell, value in [change for change in changed if change[0].datachange_callbacks]:
        await tell(cell, value)


async def tell(attribute: AttributeValue, value: ua.DataValue) -> None:
    """Tell who watches an attribute; one watcher's fault does not keep the value from the others."""
    for handle, watcher in tuple(attribute.datachange_callbacks.items()):
        waiting = _call(watcher, handle, value)
        if waiting is not None:
            await _heard(waiting)


def _all_encoded(
    numbers: Iterable[Numbers],
) -> tuple[list[tuple[Numbers, Sequence[Any], list[bytes]]], list[tuple[ValueCell, ua.DataValue]]]:
    """Each batch with what clients decode and the bytes; of batches with a misfit, values one by one."""
    encoded: list[tuple[Numbers, Sequence[Any], list[bytes]]] = []
    misfits: list[tuple[ValueCell, ua.DataValue]] = []
    for batch in numbers:
        try:
            encoded.append((batch, *_encoded(batch)))
        except (struct.error, OverflowError):
            misfits += _as_values(batch)  # one of them does not fit its type: the others still count
    return encoded, misfits


def _encoded(batch: Numbers) -> tuple[Sequence[Any], list[bytes]]:
    if len(batch.cells) != len(batch.contents):
        raise ValueError(f"{len(batch.contents)} numbers for {len(batch.cells)} cells: wanted one for each.")
    return encode_numbers(batch.kind, batch.contents, batch.status, batch.source, batch.server)


def _as_values(batch: Numbers) -> Iterable[tuple[ValueCell, ua.DataValue]]:
    source, server = to_datetime(batch.source), to_datetime(batch.server)
    for cell, content in zip(batch.cells, batch.contents, strict=True):
        variant = ua.Variant(content, batch.kind)
        yield cell, _ua.DataValue(variant, _ua.StatusCode(batch.status), source, server)


def _tell_numbers(batch: Numbers, contents: Sequence[Any], encodings: list[bytes]) -> list[Awaitable[Any]]:
    """Tell the watchers of all cells; returns what has to be awaited of those that are no NumberWatcher."""
    shared = NumberBatch(mark_of(batch.kind, batch.status), batch.source)
    waiting: list[Awaitable[Any]] = []
    for cell, content, data in zip(batch.cells, contents, encodings, strict=True):
        callbacks = cell.datachange_callbacks
        if not callbacks:
            continue
        watchers: list[tuple[int, Any]] = [*callbacks.items()]
        for handle, watcher in watchers:
            try:
                if isinstance(watcher, NumberWatcher) and watcher.number(content, data, shared):
                    continue
            except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
                _log.exception("data change watcher failed", handle=handle)
                continue
            later = _call(watcher, handle, cell.value)
            if later is not None:
                waiting.append(later)
    return waiting


def _call(watcher: Any, handle: int, value: ua.DataValue) -> Awaitable[Any] | None:
    try:
        waiting: Awaitable[Any] | None = watcher(handle, value)
    except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
        _log.exception("data change watcher failed", handle=handle)
        return None
    return waiting


async def _heard(waiting: Awaitable[Any]) -> None:
    try:
        await waiting
    except Exception:  # noqa: BLE001 - as above
        _log.exception("data change watcher failed")
