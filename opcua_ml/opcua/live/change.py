"""The lane on which values reach the address space: straight into the attributes, then to their watchers.

A server's own values need none of the checks that a client's Write gets, and a prediction changes many nodes
at once: first all values are put, without a point at which anything else could run, then the watchers hear of
them. So a Read sees all of a prediction or nothing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from asyncua import ua

from opcua_ml.opcua.hot import encode_numbers, to_datetime
from opcua_ml.opcua.live.cell import FEW
from opcua_ml.opcua.live.cell_group import CellGroup
from opcua_ml.opcua.live.telling import call, finish, heard, tell, watchers_of
from opcua_ml.opcua.live.watcher import NumberBatch, NumberWatcher, mark_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from asyncua.server.address_space import AttributeValue

    from opcua_ml.opcua.live.cell import ValueCell
    from opcua_ml.opcua.live.number_table import NumberTable
    from opcua_ml.opcua.live.numbers import Numbers

_log = structlog.get_logger(__name__)
_ua: Any = ua
_SCALARS: Final = frozenset({bool, int, float, str})


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
    batches = numbers if isinstance(numbers, list) else list(numbers)
    if len(batches) > 1:  # of a single one that does not fit nothing is noted
        _check(batches)
    left = []
    for batch in batches:
        cells = batch.cells
        if type(cells) is not CellGroup or not cells.note(batch):
            left.append(batch)
    if left or changes or later:
        await _change_the_rest(changes, left, later)


def _check(numbers: Iterable[Numbers]) -> None:
    for batch in numbers:
        if len(batch.cells) != len(batch.contents):
            raise ValueError(
                f"{len(batch.contents)} numbers for {len(batch.cells)} cells: wanted one for each."
            )


async def _change_the_rest(
    changes: Iterable[tuple[ValueCell, ua.DataValue]],
    numbers: Sequence[Numbers],
    later: Iterable[tuple[ValueCell, Callable[[], ua.DataValue]]],
) -> None:
    _check(numbers)
    prepared = _prepared(numbers)
    changed = [*changes, *prepared.misfits]
    made_later = tuple(later)
    if prepared.encoded or changed or made_later:
        await _change_now(prepared.encoded, made_later, changed)


async def _change_now(
    encoded: Sequence[_Encoded],
    made_later: Sequence[tuple[ValueCell, Callable[[], ua.DataValue]]],
    changed: Sequence[tuple[ValueCell, ua.DataValue]],
) -> None:
    repeated = _put_numbers(encoded)
    for cell, make in made_later:
        cell.put(make)
    to_tell = _put(changed)
    steady: list[ValueCell] = []
    for one in encoded:
        await finish(*one.batch.cells)
        for waiting in _tell_numbers(one, repeated, steady):
            await heard(waiting)
    for cell in [cell for cell, _ in made_later if cell.datachange_callbacks]:
        await tell(cell, cell.value)
    for cell, value, again in to_tell:
        await tell(cell, value, again=again)
    for cell in steady:
        cell.nominate()


def _put_numbers(encoded: Iterable[_Encoded]) -> set[ValueCell]:
    """Put the bytes in their cells; returns those that had the same but for the timestamps."""
    repeated: set[ValueCell] = set()
    for batch, _, encodings in encoded:
        for cell, data in zip(batch.cells, encodings, strict=True):
            if cell.repeats(data):
                repeated.add(cell)
            cell.data = data
            cell.decoded = None
    return repeated


def _put(changed: Iterable[tuple[ValueCell, ua.DataValue]]) -> list[tuple[ValueCell, ua.DataValue, bool]]:
    """Put the values in their cells; returns those that are watched, and whether they repeat the last."""
    to_tell = []
    for cell, value in changed:
        if cell.datachange_callbacks:
            to_tell.append((cell, value, repeats(cell, value)))
        cell.value = value
    return to_tell


def repeats(attribute: AttributeValue, value: ua.DataValue) -> bool:
    """Whether an attribute has this value already but for the timestamps, where many would be told.

    Only scalars are compared: of others it isn't known whether somebody has changed them in place.
    """
    if len(attribute.datachange_callbacks) <= FEW:
        return False
    before: Any = attribute.value
    held: Any = before.Value if before is not None else None
    now: Any = value.Value
    if held is None or now is None:
        return False
    return bool(
        type(now.Value) in _SCALARS
        and type(held.Value) is type(now.Value)
        and held.VariantType == now.VariantType
        and held.Value == now.Value
        and before.StatusCode == value.StatusCode
    )


class _Encoded(NamedTuple):
    """Numbers, as clients decode them, and each one's whole DataValue."""

    batch: Numbers
    contents: Sequence[Any]
    encodings: list[bytes]


class _Prepared(NamedTuple):
    """Numbers on their way: those that are told at once, and those that fit no type."""

    encoded: list[_Encoded]
    misfits: list[tuple[ValueCell, ua.DataValue]]


def _prepared(numbers: Iterable[Numbers]) -> _Prepared:
    """Note what is in tables, and prepare the rest; of batches with a misfit, values one by one."""
    prepared = _Prepared([], [])
    for whole in numbers:
        for table, batch in _apart(whole):
            try:
                if table is None:
                    prepared.encoded.append(_Encoded(batch, *_encoded(batch)))
                elif not CellGroup(batch.cells).note(batch):
                    prepared.misfits.extend(_as_values(batch))
            except (struct.error, OverflowError):
                # One of them does not fit its type: the others still count.
                prepared.misfits.extend(_as_values(batch))
    return prepared


def _apart(batch: Numbers) -> Iterator[tuple[NumberTable | None, Numbers]]:
    """A batch by the tables that its cells are in; mostly it is in one table, or in none, as a whole."""
    tables = {cell.table for cell in batch.cells}
    if len(tables) <= 1:
        yield (tables.pop() if tables else None), batch
        return
    for table in tables:
        there = [at for at, cell in enumerate(batch.cells) if cell.table is table]
        yield (
            table,
            batch._replace(
                cells=[batch.cells[at] for at in there], contents=[batch.contents[at] for at in there]
            ),
        )


def _encoded(batch: Numbers) -> tuple[Sequence[Any], list[bytes]]:
    return encode_numbers(batch.kind, batch.contents, batch.status, batch.source, batch.server)


def _as_values(batch: Numbers) -> Iterable[tuple[ValueCell, ua.DataValue]]:
    source, server = to_datetime(batch.source), to_datetime(batch.server)
    for cell, content in zip(batch.cells, batch.contents, strict=True):
        variant = ua.Variant(content, batch.kind)
        yield cell, _ua.DataValue(variant, _ua.StatusCode(batch.status), source, server)


def _tell_numbers(told: _Encoded, repeated: set[ValueCell], steady: list[ValueCell]) -> list[Awaitable[Any]]:
    """Tell the watchers of all cells; returns what has to be awaited of those that are no NumberWatcher.

    Cells that may join a table are added to `steady`.
    """
    batch, contents, encodings = told
    shared = NumberBatch(mark_of(batch.kind, batch.status), batch.source)
    waiting: list[Awaitable[Any]] = []
    for cell, content, data in zip(batch.cells, contents, encodings, strict=True):
        again = cell in repeated
        watchers = watchers_of(cell, again=again)
        may_join = bool(watchers) and not again and cell.tables is not None
        for handle, watcher in watchers:
            try:
                if isinstance(watcher, NumberWatcher) and watcher.number(content, data, shared):
                    may_join = may_join and watcher.steady
                    continue
            except Exception:  # noqa: BLE001 - a watcher is a foreign client's subscription
                _log.exception("data change watcher failed", handle=handle)
                may_join = False
                continue
            may_join = False
            later = call(watcher, handle, cell.value)
            if later is not None:
                waiting.append(later)
        if may_join:
            steady.append(cell)
    return waiting
