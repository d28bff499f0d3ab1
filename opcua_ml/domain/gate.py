"""What a version must be before it may go live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_DETAIL: Final = 1000
"""Characters; each result is kept for good, and other packages write what they like."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate.

    Attributes:
        name: such as «latency».
        passed: whether the version may go live, as far as this gate can tell.
        detail: what was found, in words.
        value, limit: what was measured, and what it was held against; None where that is no number.
        unit: of both, in words.
    """

    name: str
    passed: bool
    detail: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""

    def bounded(self) -> GateResult:
        """With plain values, as other packages may not give them, and words that are no longer than needed.

        Raises:
            TypeError, ValueError: what was measured, or its limit, is no number.
        """
        value, limit = (None if one is None else float(one) for one in (self.value, self.limit))
        name, detail, unit = (_plain(str(one)) for one in (self.name, self.detail, self.unit))
        if len(detail) > LONGEST_DETAIL:
            detail = detail[: LONGEST_DETAIL - 1] + "…"
        return GateResult(name, bool(self.passed), detail, value, limit, unit)

    def __str__(self) -> str:
        return f"{self.name}: {'passed' if self.passed else 'failed'}; {self.detail}"


def _plain(text: str) -> str:
    """Without halves of surrogate pairs, which no file takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
