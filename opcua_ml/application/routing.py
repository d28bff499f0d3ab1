"""From a PLC's binding keys to the models that want the tag."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.ports import SampleReceiver
    from opcua_ml.domain.sample import Sample


class SampleRouter:
    """The SampleReceiver of one PLC: one tag may feed several inputs of several models."""

    def __init__(self) -> None:
        self._routes: defaultdict[int, list[tuple[SampleReceiver, int]]] = defaultdict(list)
        self._ahead: dict[int, tuple[SampleReceiver, int]] = {}

    def add(self, key: int, stream: SampleReceiver, index: int) -> None:
        """Send samples of this binding key to this input of this model, too."""
        self._routes[key].append((stream, index))

    def add_ahead(self, key: int, receiver: SampleReceiver, index: int) -> None:
        """Send samples of this binding key to this receiver, before any stream hears of it."""
        self._ahead[key] = receiver, index

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Hand each model its samples of one notification at once, in the order in which they came."""
        if self._ahead:
            for key, sample in samples:
                if key in self._ahead:
                    receiver, index = self._ahead[key]
                    receiver.receive([(index, sample)])
        batches: dict[SampleReceiver, list[tuple[int, Sample]]] = {}
        for key, sample in samples:
            for stream, index in self._routes[key]:
                batches.setdefault(stream, []).append((index, sample))
        for stream, batch in batches.items():
            stream.receive(batch)
