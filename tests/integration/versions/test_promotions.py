"""Promotions under load, with real processes: a PLC, a service, clients that call and an engineer."""

from __future__ import annotations

import sys

import pytest

from benchmarks.promotions import Load, run
from opcua_ml.application.trigger import TriggerKind

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the benchmark's processes want pipes to wait for"
)


def test_swaps_lose_mix_and_spoil_nothing() -> None:
    """Rows of the tags are counted, and each answer is held against the version that it names.

    A tag leads one model, the other scores changes: there a change counts as replaced or has its prediction.
    """
    triggers = (TriggerKind.LEADING, TriggerKind.CHANGE)
    outcome = run(Load(promotions=6, clients=4, models=2, turns=1, triggers=triggers))
    assert outcome.promotions == 6
    assert outcome.calls > 0
    assert outcome.rows > 0
    assert outcome.is_clean, outcome


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("trigger", [TriggerKind.LEADING, TriggerKind.CHANGE])
def test_a_thousand_promotions_lose_mix_and_spoil_nothing(trigger: TriggerKind) -> None:
    """The same at full size: 100 tags at 10 Hz, ten models, 20 clients."""
    outcome = run(Load(triggers=(trigger,)))
    assert outcome.promotions == 1000
    assert outcome.is_clean, outcome
