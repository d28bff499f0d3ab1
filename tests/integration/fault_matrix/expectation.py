"""What is to be seen of a fault under each policy, by an HMI and by the PLC in its result tags."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST = "SuctionPressure"
"""The first input, which is named where all of them fail at once."""
DISTURBED = "DischargePressure"
"""The input whose tag is disturbed."""

FROZEN, STRICT, SKEWED = "BadSensorFailure", "Bad", "BadInvalidTimestamp"
HELD, SUBSTITUTED = "UncertainLastUsableValue", "UncertainSubNormal"
OUTSIDE, REFUSED = "UncertainEngineeringUnitsExceeded", "BadOutOfRange"
ASKED, SECOND = "asked", "second"
"""Policies: a handshake, and a model with inputs from two PLCs, whose result goes to the other one."""
POLICIES = (
    *("reject", "hold", "substitute", "strict", "refuse", "clamp", "skew", "period", "leading"),
    *(ASKED, SECOND),
)
_PASSING = frozenset(
    {"BadWaitingForInitialData", "BadNoCommunication", "BadNoData", SKEWED, HELD, SUBSTITUTED}
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Under one policy.

    Attributes:
        statuses: of the outputs, one after another, the last one to stay; empty where they stay Good.
        offending: the input that is named meanwhile.
        also: statuses that may come in between.
        plc: what the PLC's result tag shows; None for the last of the statuses.
    """

    statuses: tuple[str, ...] = ()
    offending: str = ""
    also: frozenset[str] = frozenset()
    plc: str | None = None

    @property
    def stays_good(self) -> bool:
        """Whether the outputs are Good all the time."""
        return not self.statuses

    @property
    def last(self) -> str:
        """The status that stays."""
        return self.statuses[-1] if self.statuses else "Good"


Expected = dict[str, Expectation]


def good() -> Expected:
    """Nothing that the service could, or should, tell."""
    return {policy: Expectation() for policy in POLICIES}


def bad(code: str, offending: str = DISTURBED, *, held: bool = True) -> Expected:
    """A tag without a usable value; `held` where it lasts longer than the policy hold does."""
    after = (code,) if held else ()
    return {policy: Expectation((code,), offending) for policy in POLICIES} | {
        "hold": Expectation((HELD, *after), offending),
        "substitute": Expectation((SUBSTITUTED,), offending),
    }


def lost() -> Expected:
    """A PLC that can't be reached; nothing can be written to it, but to the other one."""
    return kept_by_plc(bad("BadNoCommunication", FIRST), "nothing")


def passing(code: str, offending: str) -> Expected:
    """Not usable until the service has found the tags again, sooner than the policy hold ends."""
    return {
        policy: Expectation((*one.statuses, "Good"), one.offending, _PASSING)
        for policy, one in bad(code, offending, held=False).items()
    }


def uncertain(code: str) -> Expected:
    """A tag of doubtful quality, which all policies use but one, and none betters."""
    return {policy: Expectation((code,), DISTURBED) for policy in POLICIES} | {
        "strict": Expectation((STRICT,), DISTURBED)
    }


def stale() -> Expected:
    """A tag that is written no more: where times may not lie apart, that is seen before its age is."""
    return bad("BadTimeout") | {"skew": Expectation((SKEWED, "BadTimeout"), DISTURBED)}


def moved_clock() -> Expected:
    """Good, but for the moment in which the inputs of one vector may have times of both clocks."""
    either = Expectation(also=frozenset({SKEWED, "BadNoData"}))
    return good() | {"skew": either, "leading": either}


def outside(*, returns: bool = False, at_times: bool = False) -> Expected:
    """A Good value outside the input's range.

    Args:
        returns: it is inside again, and the outputs are Good.
        at_times: it is inside now and then.
    """
    after = ("Good",) if returns else ()
    also = frozenset({"Good"} if at_times else ())
    return {
        policy: Expectation((REFUSED if policy == "refuse" else OUTSIDE, *after), DISTURBED, also)
        for policy in POLICIES
    }


def without_status(expected: Expected) -> Expected:
    """The same for an HMI; the PLC, which takes no StatusCode, has it in the quality tag alone."""
    return {
        policy: replace(one, plc=f"the value alone; quality tag {one.last}") if policy != SECOND else one
        for policy, one in expected.items()
    }


def kept_by_plc(expected: Expected, words: str, *policies: str) -> Expected:
    """The same for an HMI; the PLC, however, has these words in the result tags of the policies.

    Without policies: in all that it has.
    """
    policies = policies or tuple(policy for policy in POLICIES if policy != SECOND)
    return {
        policy: replace(one, plc=words) if policy in policies else one for policy, one in expected.items()
    }
