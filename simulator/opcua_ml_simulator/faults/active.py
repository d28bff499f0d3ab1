"""Which process faults are active now, how severe, and how far each has developed."""

from __future__ import annotations

from opcua_ml_simulator.errors import SeverityError
from opcua_ml_simulator.faults.process import PROCESS_FAULTS, Fault


class ActiveFaults:
    """Process faults with severity 0 to 1; the effect grows linearly over the fault's onset time."""

    def __init__(self) -> None:
        self._severities: dict[Fault, float] = {}
        self._levels = [0.0] * len(Fault)

    def inject(self, fault: Fault, severity: float) -> None:
        """Start a fault or change its severity.

        Raises:
            SeverityError: severity is not above 0 and at most 1.
        """
        if not 0.0 < severity <= 1.0:
            raise SeverityError(severity)
        self._severities.pop(fault, None)
        self._severities[fault] = severity

    def clear(self, fault: Fault | None = None) -> None:
        """End one fault, or all of them; its effect is gone at the next step."""
        ended = tuple(self._severities) if fault is None else (fault,)
        for each in ended:
            self._severities.pop(each, None)
            self._levels[each] = 0.0

    def advance(self, step: float) -> None:
        """Let the effects develop for ``step`` seconds."""
        for fault, severity in self._severities.items():
            onset = PROCESS_FAULTS[fault].onset
            grown = severity if onset <= 0.0 else self._levels[fault] + severity * step / onset
            self._levels[fault] = min(severity, grown)

    def level(self, fault: Fault) -> float:
        """How strongly a fault acts now, 0 to its severity."""
        return self._levels[fault]

    @property
    def dominant(self) -> tuple[Fault, float]:
        """The most severe active fault and its severity; of equals, the one injected last."""
        if not self._severities:
            return Fault.Normal, 0.0
        severity = max(self._severities.values())
        return next(f for f, s in reversed(self._severities.items()) if s == severity), severity

    @property
    def severities(self) -> dict[Fault, float]:
        """A copy of the active faults with their severities."""
        return dict(self._severities)
