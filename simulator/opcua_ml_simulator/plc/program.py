"""The part of the PLC program that reacts to results that a client has written back.

It trusts ``Results.FaultClass`` only while the operator's switch is on, the heartbeat moves and the quality
is Good, in the DataValue and in the quality tag where that has been written. A fault that reduced speed
relieves, reported without a break for the confirmation time, takes 15 % off the pump speed; the speed comes
back when the report has been gone for the release time, and at once when the results are not trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

from opcua_ml_simulator.faults.process import Fault

RELIEVED_FAULTS = frozenset({Fault.Cavitation, Fault.BearingWear, Fault.ImpellerWear, Fault.Leak})
"""Faults that running slower relieves."""

REDUCED_SPEED = 0.85
"""Speed factor while a relieved fault is reported."""


@dataclass(frozen=True, slots=True)
class ReportedResults:
    """The result tags as the program reads them at the start of a scan; None where nothing was written.

    Attributes:
        fault_class: value of ``Results.FaultClass``.
        fault_status: StatusCode that came with it.
        fault_quality: value of ``Results.FaultClassQuality``.
        heartbeat: value of ``Results.Heartbeat``.
        enable: value of ``Results.Enable``.
    """

    fault_class: int | None = None
    fault_status: int = 0
    fault_quality: int | None = None
    heartbeat: int | None = None
    enable: bool = True

    @property
    def good(self) -> bool:
        """Whether the reported fault class is there and Good."""
        return self.fault_class is not None and self.fault_status == 0 and not self.fault_quality


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the program decided in a scan."""

    speed_factor: float = 1.0
    alive: bool = False
    used: bool = False

    @property
    def reduced(self) -> bool:
        """Whether the pump runs slower because of a reported fault."""
        return self.speed_factor < 1.0


class ResultProgram:
    """State of the program between scans.

    Args:
        heartbeat_timeout: s without a change of the heartbeat until the writer counts as silent.
        confirm_time: s a fault must be reported before the speed is reduced.
        release_time: s without a report before the speed comes back.
    """

    def __init__(
        self, *, heartbeat_timeout: float = 5.0, confirm_time: float = 2.0, release_time: float = 5.0
    ) -> None:
        self._heartbeat_timeout = heartbeat_timeout
        self._confirm_time = confirm_time
        self._release_time = release_time
        self._heartbeat: int | None = None
        self._heartbeat_seen = float("-inf")
        self._reported_since: float | None = None
        self._gone_since: float | None = None
        self._reduced = False

    def scan(self, results: ReportedResults, now: float) -> Reaction:
        """One pass at ``now`` seconds of a clock that never goes back."""
        if results.heartbeat is not None and results.heartbeat != self._heartbeat:
            self._heartbeat, self._heartbeat_seen = results.heartbeat, now
        alive = now - self._heartbeat_seen <= self._heartbeat_timeout
        used = alive and results.enable and results.good
        self._decide(results.fault_class, now, used=used)
        return Reaction(REDUCED_SPEED if self._reduced else 1.0, alive, used)

    def _decide(self, fault_class: int | None, now: float, *, used: bool) -> None:
        if not used:
            self._reported_since = self._gone_since = None
            self._reduced = False
        elif fault_class in RELIEVED_FAULTS:
            self._gone_since = None
            self._reported_since = now if self._reported_since is None else self._reported_since
            self._reduced = self._reduced or now - self._reported_since >= self._confirm_time
        else:
            self._reported_since = None
            self._gone_since = now if self._gone_since is None else self._gone_since
            self._reduced = self._reduced and now - self._gone_since < self._release_time
