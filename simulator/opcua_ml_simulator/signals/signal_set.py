"""The signal set as tags: what each shows at a plant time, and the methods that steer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.tag import GOOD
from opcua_ml_simulator.signals import waveforms
from opcua_ml_simulator.signals.load_nodes import STATUS_CYCLE, LoadNodeGroup
from opcua_ml_simulator.tags import Tag, TagType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml_simulator.signals.settings import SignalSettings

SIGNALS_FOLDER = "SignalSet"
"""Object the signals hang under."""

_POSITIVE, _NEGATIVE = 5, 6


def _signal(name: str, kind: TagType, description: str) -> Tag:
    return Tag(SIGNALS_FOLDER, name, kind, description)


BASIC_TAGS = (
    _signal("AlternatingBoolean", TagType.Boolean, "Changes every 5 s"),
    _signal("RandomSignedInt32", TagType.Int32, "Random, new every 100 ms"),
    _signal("RandomUnsignedInt32", TagType.UInt32, "Random, new every 100 ms"),
    _signal("StepUp", TagType.UInt32, "Counts up every 100 ms"),
    _signal("SpikeData", TagType.Double, "Sine from -100 to 100 in 5 s with a spike of 1000"),
    _signal("DipData", TagType.Double, "Sine from -100 to 100 in 5 s with a dip of -1000"),
    _signal("PositiveTrendData", TagType.Double, "Rises from 100 by 0.1 every 5 s"),
    _signal("NegativeTrendData", TagType.Double, "Falls from 100 by 0.1 every 5 s"),
    _signal("GoodBadUncertain", TagType.UInt32, "Counts seconds, in turn Good, Uncertain and Bad"),
)
"""The signals that are always there."""


class SignalSet:
    """Values of all signals over plant time.

    Args:
        settings: slow and fast nodes.
        seed: of everything random.
    """

    def __init__(self, settings: SignalSettings, seed: int) -> None:
        self._seed = seed
        self._groups = [
            LoadNodeGroup(SIGNALS_FOLDER, "Slow", settings.slow, seed),
            LoadNodeGroup(SIGNALS_FOLDER, "Fast", settings.fast, seed + 1),
        ]
        self.tags = (*BASIC_TAGS, *(tag for group in self._groups for tag in group.tags))
        self._cycle = -1
        self._trend_start = 0
        self._step_start = 0
        self._step_held: int | None = None

    def update(self, time: float) -> Iterator[tuple[str, object, int]]:
        """Path, value and StatusCode of every signal that is due at ``time`` (s of plant time)."""
        cycle = int(time / waveforms.CYCLE + 1e-9)
        if cycle != self._cycle:
            self._cycle = cycle
            seconds = int(time + 1e-9)
            status = STATUS_CYCLE[seconds % len(STATUS_CYCLE)]
            for name, value in self._basic(cycle).items():
                yield f"{SIGNALS_FOLDER}.{name}", value, GOOD
            yield f"{SIGNALS_FOLDER}.GoodBadUncertain", seconds, status
        for group in self._groups:
            yield from group.update(time)

    def _basic(self, cycle: int) -> dict[str, object]:
        seed, trend = self._seed, cycle - self._trend_start
        return {
            "AlternatingBoolean": waveforms.alternating_boolean(cycle),
            "RandomSignedInt32": waveforms.random_signed(seed, cycle),
            "RandomUnsignedInt32": waveforms.random_unsigned(seed, cycle),
            "StepUp": self.step_up & 0xFFFF_FFFF,
            "SpikeData": waveforms.spike(seed, cycle),
            "DipData": waveforms.dip(seed, cycle),
            "PositiveTrendData": waveforms.trend(seed, _POSITIVE, trend),
            "NegativeTrendData": 200.0 - waveforms.trend(seed, _NEGATIVE, trend),
        }

    @property
    def step_up(self) -> int:
        """The counter of StepUp."""
        return self._cycle - self._step_start if self._step_held is None else self._step_held

    def reset_step_up(self) -> None:
        """Let StepUp begin at 0 again."""
        self._step_start = self._cycle
        self._step_held = None if self._step_held is None else 0

    def stop_step_up(self) -> None:
        """Hold StepUp where it is."""
        self._step_held = self.step_up

    def start_step_up(self) -> None:
        """Let a held StepUp go on."""
        if self._step_held is not None:
            self._step_start = self._cycle - self._step_held
            self._step_held = None

    def reset_trend(self) -> None:
        """Let both trends begin at 100 again."""
        self._trend_start = self._cycle
