"""What a version must be before it may go live."""

from __future__ import annotations

from dataclasses import dataclass


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

    def __str__(self) -> str:
        return f"{self.name}: {'passed' if self.passed else 'failed'}; {self.detail}"
