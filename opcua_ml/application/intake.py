"""The inputs of one model: samples come in, vectors go out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.domain.input_feed import InputFeed, StagedFeed
from opcua_ml.domain.input_policy import JoinPolicy
from opcua_ml.domain.vector import Join, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.result_context import ResultContext
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.signature import Signature


class LiveIntake:
    """Of live tags: the newest value wins.

    Args:
        signature: of the model.
        policy: of its inputs.
        clock: for ages and, where no input has one, the timestamp.
        context: tags beside the inputs; None for none.
    """

    def __init__(
        self,
        signature: Signature,
        policy: JoinPolicy | None,
        clock: Clock,
        context: ResultContext | None = None,
    ) -> None:
        policy = policy or JoinPolicy()
        self._context = context
        self._feeds = [InputFeed(item, policy.of(item.name)) for item in signature.inputs]
        self.takes = [feed.take for feed in self._feeds]
        """By the input's place: takes a sample of it that has come."""
        self._aging = [
            feed
            for feed, item in zip(self._feeds, signature.inputs, strict=True)
            if policy.of(item.name).ages
        ]
        self._policy = policy
        self._join = Join(signature, policy)
        self._clock = clock
        self._taken_at: float | None = None

    @property
    def window_memory(self) -> int:
        """Bytes that the windows hold."""
        return sum(feed.nbytes for feed in self._feeds)

    def follow(self, signature: Signature) -> None:
        """Hold values against what this version's training saw; names, types and windows are the same."""
        self._join = Join(signature, self._policy)

    def vector(self, *, is_trigger: bool = True) -> Vector:
        """The inputs as they are now.

        Args:
            is_trigger: whether windows take another value; else the inputs are only looked at.
        """
        monotonic = self._taken_at = self._clock.monotonic()
        used = [feed.used(monotonic, is_trigger=is_trigger) for feed in self._feeds]
        vector = self._join.vector(used, now=self._clock.now(), monotonic=monotonic)
        return vector if self._context is None else self._context.of(vector, vector.source_timestamp)

    def changes_at(self) -> float | None:
        """When, by our monotonic clock, a vector is another one than the last although nothing comes.

        That may be over already: scoring the last one took its time.
        """
        if not self._aging:
            return None
        since = self._clock.monotonic() if self._taken_at is None else self._taken_at
        moments = [feed.changes_at(since) for feed in self._aging]
        return min((moment for moment in moments if moment is not None), default=None)


class StagedIntake:
    """Of tags that one leads: a vector is that of the leading tag's moment, by the source's clock.

    Args:
        signature: of the model.
        policy: of its inputs.
        clock: for ages and, where no input has one, the timestamp.
        depth: samples of each input that may wait for the leading tag's time to reach theirs; one
            notification may bring all values of one tag before those of another.
        context: tags beside the inputs; None for none.
    """

    def __init__(
        self,
        signature: Signature,
        policy: JoinPolicy | None,
        clock: Clock,
        depth: int,
        context: ResultContext | None = None,
    ) -> None:
        policy = policy or JoinPolicy()
        self._context = context
        self._feeds = [StagedFeed(item, policy.of(item.name), depth) for item in signature.inputs]
        self._policy = policy
        self._join = Join(signature, policy)
        self._clock = clock

    @property
    def window_memory(self) -> int:
        """Bytes that the windows hold."""
        return sum(feed.nbytes for feed in self._feeds)

    def follow(self, signature: Signature) -> None:
        """Hold values against what this version's training saw; names, types and windows are the same."""
        self._join = Join(signature, self._policy)

    def take(self, index: int, sample: Sample) -> None:
        """A sample of the input at this place has come."""
        self._feeds[index].take(sample)

    def vector_at(self, leading: Sample) -> Vector:
        """The inputs as they were when the leading tag changed: a later value of another tag stays out."""
        moment: datetime | None = None if leading.is_bad else leading.source_timestamp
        monotonic = self._clock.monotonic()
        used = [feed.used(monotonic, moment) for feed in self._feeds]
        vector = self._join.vector(used, now=self._clock.now(), monotonic=monotonic)
        return vector if self._context is None else self._context.of(vector, moment)


class QualityWatch:
    """Whether the tags, as they are now, still bear out what was made of their values at another moment.

    Looks at quality and age alone. A good value that has changed since says nothing of that moment.

    Args:
        signature: of the model.
        policy: of its inputs.
        clock: for ages.
        context: tags beside the inputs; None for none.
    """

    def __init__(
        self,
        signature: Signature,
        policy: JoinPolicy | None,
        clock: Clock,
        context: ResultContext | None = None,
    ) -> None:
        bare = [replace(item, range=None, statistics=None, window=None) for item in signature.inputs]
        policy = replace(policy or JoinPolicy(), max_skew=None)
        self._intake = LiveIntake(replace(signature, inputs=tuple(bare)), policy, clock, context)
        self.changes_at = self._intake.changes_at

    def receive(self, samples: Sequence[tuple[int, Sample]]) -> bool:
        """Take samples of one notification, as (place of the input, sample); whether all are Good."""
        takes, all_good = self._intake.takes, True
        for index, sample in samples:
            if index >= 0:
                all_good &= takes[index](sample)
        return all_good

    def vector(self) -> Vector:
        """Quality and reason of now; its values are of no use to a model."""
        return self._intake.vector(is_trigger=False)
