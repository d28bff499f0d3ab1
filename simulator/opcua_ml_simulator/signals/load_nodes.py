"""Slow and fast nodes: many equal tags that change at a rate, for load and for learning a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.tag import BAD_NO_COMMUNICATION, GOOD, UNCERTAIN_LAST_USABLE_VALUE
from opcua_ml_simulator.signals.waveforms import random_bits
from opcua_ml_simulator.tags import Tag, TagType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml_simulator.signals.settings import LoadNodes

ARRAY_LENGTH = 32
"""Elements of a UIntArray."""

STATUS_CYCLE = (
    *(GOOD,) * 4,
    *(UNCERTAIN_LAST_USABLE_VALUE,) * 2,
    *(GOOD,) * 2,
    *(BAD_NO_COMMUNICATION,) * 2,
)
"""StatusCodes that a node of the Bad kind goes through, one per change."""

_TYPES = {
    "UInt": TagType.UInt32,
    "Double": TagType.Double,
    "Bool": TagType.Boolean,
    "UIntArray": TagType.UInt32,
}


class LoadNodeGroup:
    """The values of one group over plant time; one node more, called Bad…, goes through ``STATUS_CYCLE``.

    Args:
        folder: object the tags hang under.
        prefix: Slow or Fast.
        settings: number, rate, type and movement.
        seed: of random values.
    """

    def __init__(self, folder: str, prefix: str, settings: LoadNodes, seed: int) -> None:
        self._settings = settings
        self._seed = seed
        self._change = -1
        kind = _TYPES[settings.kind]
        length = ARRAY_LENGTH if settings.kind == "UIntArray" else 0
        text = f"Changes every {settings.rate:g} s"
        names = [f"{prefix}{settings.kind}{number}" for number in range(1, settings.count + 1)]
        self.tags = [Tag(folder, name, kind, text, length=length) for name in names]
        if settings.count:
            bad = f"Bad{prefix}{settings.kind}1"
            self.tags.append(
                Tag(folder, bad, kind, f"{text}, in turn Good, Uncertain and Bad", length=length)
            )

    def update(self, time: float) -> Iterator[tuple[str, object, int]]:
        """Path, value and StatusCode of every node, if they have changed by ``time`` (s)."""
        change = int(time / self._settings.rate + 1e-9)
        if change == self._change or not self.tags:
            return
        self._change = change
        *regular, bad = self.tags
        for index, tag in enumerate(regular):
            yield tag.path, self._value(change, index), GOOD
        yield bad.path, self._value(change, len(regular)), STATUS_CYCLE[change % len(STATUS_CYCLE)]

    def _value(self, change: int, index: int) -> object:
        settings = self._settings
        if settings.kind == "Bool":
            return change % 2 == 1
        if settings.kind == "UIntArray":
            return [(change + element) & 0xFFFF_FFFF for element in range(ARRAY_LENGTH)]
        span = settings.high - settings.low
        if settings.random:
            offset = random_bits(self._seed, 100 + index, change) / 2.0**64 * span
        else:
            offset = change % (int(span / settings.step) + 1) * settings.step
        value = settings.low + offset
        return value if settings.kind == "Double" else int(value)
