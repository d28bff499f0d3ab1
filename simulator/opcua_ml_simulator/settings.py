"""What a simulator can be told, checked whole before anything starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Literal

from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.physics.station import LONGEST_STEP
from opcua_ml_simulator.signals.settings import SignalSettings

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml_simulator.replay.settings import ReplaySettings
    from opcua_ml_simulator.scenario import Scenario

DEFAULT_PORT = 4841
"""Beside the service, whose port is 4840."""

_FASTEST = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Settings of a simulator.

    Attributes:
        host: address to listen on; loopback unless ``allow_remote``.
        port: TCP port, 0 for a free one.
        allow_remote: permit an address that other machines reach, without any security.
        seed: fixes everything random.
        speed: plant seconds per second.
        step: s of plant time per scan.
        manual: scan only when told to, by ``Simulator.step`` or the method Simulation.Step.
        timestamps: SourceTimestamp of a scan: ``wall`` is the host's clock, ``plant`` starts there and goes
            with the plant's time.
        start_time: plant's clock at the start; None for the host's time then.
        heartbeat_timeout: s without Results.Heartbeat until written results are ignored.
        scenario: timetable of faults.
        signals: the plain signal set; None leaves it out.
        replay: a recording to play; None leaves it out.
        name: server name.
        may_crash: whether the fault Crash may end the process; only where it has no other purpose.

    Raises:
        SettingsError: a value that can't be used.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    allow_remote: bool = False
    seed: int = 0
    speed: float = 1.0
    step: float = 0.1
    manual: bool = False
    timestamps: Literal["wall", "plant"] = "wall"
    start_time: datetime | None = None
    heartbeat_timeout: float = 5.0
    scenario: Scenario | None = None
    signals: SignalSettings | None = field(default_factory=SignalSettings)
    replay: ReplaySettings | None = None
    name: str = "Pump station simulator"
    may_crash: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        if not self.allow_remote and not _is_loopback(self.host):
            raise SettingsError(
                "host",
                self.host,
                "a loopback address such as 127.0.0.1, or --allow-remote to open an unsecured plant",
            )
        if not 0 <= self.port <= 65_535:
            raise SettingsError("port", self.port, "0 to 65535")
        if self.seed < 0:
            raise SettingsError("seed", self.seed, "a whole number from 0 on")
        if not 0.0 < self.speed <= _FASTEST:
            raise SettingsError("speed", self.speed, f"a factor above 0 and at most {_FASTEST:g}")
        if not 0.0 < self.step <= LONGEST_STEP:
            raise SettingsError("step", self.step, f"seconds above 0 and at most {LONGEST_STEP:g}")
        if not (isfinite(self.heartbeat_timeout) and self.heartbeat_timeout > 0.0):
            raise SettingsError("heartbeat_timeout", self.heartbeat_timeout, "seconds above 0")
        if self.start_time is not None and self.start_time.tzinfo is None:
            raise SettingsError("start_time", self.start_time, "a time with its zone")
        if self.timestamps not in {"wall", "plant"}:
            raise SettingsError("timestamps", self.timestamps, "'wall' or 'plant'")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
