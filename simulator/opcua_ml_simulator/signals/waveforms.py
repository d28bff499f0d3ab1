"""The signals as functions of a cycle number and a seed, so that left-out cycles change nothing.

A cycle is 100 ms of plant time, a phase 50 cycles.
"""

from __future__ import annotations

from math import pi, sin

CYCLE = 0.1
"""s of plant time."""

PHASE = 50
"""Cycles."""

_AMPLITUDE = 100.0
_SPIKE = 1000.0
_TREND_BASE = 100.0
_MASK = 0xFFFF_FFFF_FFFF_FFFF


def random_bits(seed: int, stream: int, index: int) -> int:
    """64 random bits that depend on seed, stream and index alone (SplitMix64, Steele et al. 2014)."""
    state = (seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03 + index * 0x8CB92BA72F3D8DD7) & _MASK
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def alternating_boolean(cycle: int) -> bool:
    """False for a phase, then True for a phase."""
    return (cycle // PHASE) % 2 == 1


def random_unsigned(seed: int, cycle: int) -> int:
    """A new number from 0 to 2³² - 1 every cycle."""
    return random_bits(seed, 1, cycle) & 0xFFFF_FFFF


def random_signed(seed: int, cycle: int) -> int:
    """A new number from -2³¹ to 2³¹ - 1 every cycle."""
    return (random_bits(seed, 2, cycle) & 0xFFFF_FFFF) - 2**31


def _sine(cycle: int) -> float:
    return _AMPLITUDE * sin(2.0 * pi * cycle / PHASE)


def spike(seed: int, cycle: int) -> float:
    """A sine from -100 to 100 with 1000 at one random cycle of each phase."""
    at = random_bits(seed, 3, cycle // PHASE) % PHASE
    return _SPIKE if cycle % PHASE == at else _sine(cycle)


def dip(seed: int, cycle: int) -> float:
    """A sine from -100 to 100 with -1000 at one random cycle of each phase."""
    at = random_bits(seed, 4, cycle // PHASE) % PHASE
    return -_SPIKE if cycle % PHASE == at else _sine(cycle)


def trend(seed: int, stream: int, cycle: int) -> float:
    """100 for up to ten random phases, then 0.1 more with every phase."""
    begin = random_bits(seed, stream, 0) % 10
    return _TREND_BASE + max(0, cycle // PHASE - begin) / 10.0
