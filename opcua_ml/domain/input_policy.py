"""What an engineer has chosen for each input of a model, and for all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.value_range import RangePolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml.domain.sample import Scalar


class WhenBad(StrEnum):
    """What stands in for a tag that is not usable."""

    REJECT = "reject"
    HOLD = "hold"
    SUBSTITUTE = "substitute"


class SourceTime(StrEnum):
    """Which of the inputs' SourceTimestamps the outputs carry."""

    NEWEST = "newest"
    OLDEST = "oldest"
    MAIN = "main"


@dataclass(frozen=True, slots=True)
class InputPolicy:
    """When one input's tag counts as not usable, and what happens then.

    Attributes:
        when_bad: nothing stands in for it, its last usable value for at most `hold` seconds, or `substitute`.
        hold: seconds from the moment that the tag stopped being usable.
        substitute: one value, in the input's type and unit.
        max_age: seconds on our monotonic clock after which a value that nothing has renewed is not usable;
            None for never: a tag that does not change is still what it was.
        max_unchanged: seconds on our monotonic clock after which a value that is told anew but never another
            one is not usable: the tag is frozen; None for a tag that may stand still.
        treat_uncertain_as_bad: whether an Uncertain value is not usable (the term is that of Part 13, 4.2.1).
        ignore_skew: whether its time is left out of the join's skew, as of a set-point that rarely changes.
    """

    when_bad: WhenBad = WhenBad.REJECT
    hold: float = 0.0
    substitute: Scalar | None = None
    max_age: float | None = None
    max_unchanged: float | None = None
    treat_uncertain_as_bad: bool = False
    ignore_skew: bool = False

    @property
    def ages(self) -> bool:
        """Whether what stands for the tag may change although nothing comes."""
        return self.max_age is not None or self.max_unchanged is not None or self.when_bad is WhenBad.HOLD


@dataclass(frozen=True, slots=True)
class JoinPolicy:
    """How a model's inputs become one vector.

    Attributes:
        inputs: by name; an input that has none here has `default`.
        default: of all other inputs.
        ranges: what to do with values outside the declared and the training range.
        max_skew: seconds that the inputs' SourceTimestamps may lie apart; None for any.
        source_time: whose SourceTimestamp the outputs carry.
        main_input: its name, for SourceTime.MAIN.
        corrects_clocks: whether times have been corrected by how far their clocks are off, as reasons say.
    """

    inputs: Mapping[str, InputPolicy] = field(default_factory=dict)
    default: InputPolicy = field(default_factory=InputPolicy)
    ranges: RangePolicy = field(default_factory=RangePolicy)
    max_skew: float | None = None
    source_time: SourceTime = SourceTime.NEWEST
    main_input: str = ""
    corrects_clocks: bool = False

    def of(self, name: str) -> InputPolicy:
        """The policy of one input."""
        return self.inputs.get(name, self.default)
