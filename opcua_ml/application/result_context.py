"""The tags beside a model's inputs that say of which part, job or step a row is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.domain.result_context import ContextMemory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.vector import Vector


class ResultContext:
    """Of one model; a SampleReceiver whose keys are places among its members.

    It is told of samples ahead of the model's stream, and never makes a model score.

    Args:
        members: by the name of ResultMetaDataType's member: seconds after which a value that nothing has
            renewed is not told; None for never.
        clock: for ages.
        depth: how many values of each tag are kept for rows that wait.
    """

    def __init__(self, members: Mapping[str, float | None], clock: Clock, depth: int) -> None:
        self.members = tuple(members)
        self._memories = [ContextMemory(age, depth) for age in members.values()]
        self._clock = clock

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> None:
        """Take samples of one notification; never blocks."""
        for place, sample in samples:
            self._memories[place].take(sample)

    def told_at(self, moment: datetime | None) -> dict[str, Sample]:
        """What each tag said at that moment of the source's clock; None for now."""
        now = self._clock.monotonic()
        return {
            name: memory.at(moment, now) for name, memory in zip(self.members, self._memories, strict=True)
        }

    def of(self, vector: Vector, moment: datetime | None) -> Vector:
        """The vector with what the tags said at that moment."""
        return replace(vector, context=self.told_at(moment))
