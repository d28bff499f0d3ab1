"""Promotions under load, with real processes: a PLC, a service, clients that call and an engineer."""

from __future__ import annotations

import sys

import pytest

from benchmarks.promotions import Load, run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the benchmark's processes want pipes to wait for"
)


def test_swaps_lose_mix_and_spoil_nothing() -> None:
    """Rows of the tags are counted, and each answer is held against the version that it names."""
    outcome = run(Load(promotions=6, clients=4, models=2, turns=1))
    assert outcome.promotions == 6
    assert outcome.calls > 0
    assert outcome.rows > 0
    assert outcome.is_clean, outcome


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_thousand_promotions_lose_mix_and_spoil_nothing() -> None:
    """The same at full size: 100 tags at 10 Hz, ten models, 20 clients."""
    outcome = run(Load())
    assert outcome.promotions == 1000
    assert outcome.is_clean, outcome
