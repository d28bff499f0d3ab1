"""Alarms as somebody writes them who has heard of neither hysteresis nor delays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from opcua_ml.config.alarm import AlarmSection
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.signature import DataType, Output, OutputRole, Signature
from opcua_ml.service.building.output_alarms import OutputAlarms

SIGNATURE = Signature(
    (),
    (
        Output("score", OutputRole.SCORE, DataType.DOUBLE),
        Output("label", OutputRole.LABEL, DataType.INT32, categories=("normal", "leak", "wear")),
    ),
)
QUIET = Prediction(
    id="m-r-1",
    sequence=1,
    model="m",
    version="1",
    inputs=(),
    input_status=(),
    outputs=(0.0, 0),
    status=0,
    reason="",
    source_timestamp=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("table", "outputs"),
    [
        ({"output": "score", "high": 0.6}, (0.61, 0)),
        ({"output": "score", "high": 0.6, "high_high": 0.8}, (0.81, 0)),
        ({"output": "label", "off_normal": ["leak", "wear"]}, (0.0, 1)),
    ],
)
def test_a_value_that_flickers_fills_no_alarm_list(table: dict[str, Any], outputs: tuple[Any, ...]) -> None:
    """100 predictions a second for a minute: the first one raises the alarm, and five calm seconds end it."""
    _, alarm, watch = OutputAlarms("m", SIGNATURE, 60.0, {}).made("a", AlarmSection(**table))
    told: list[tuple[float, bool]] = []
    now = 0.0
    alarm.tell = lambda notice: told.append((now, notice.state.is_active)) if notice.is_event else None
    for number in range(6000):
        now = number / 100
        watch.see(replace(QUIET, outputs=outputs if number % 2 else QUIET.outputs), now)
    assert told == [(0.01, True)]
    for number in range(6000, 7000):
        now = number / 100
        watch.see(QUIET, now)
    assert [active for _, active in told] == [True, False]
    assert told[-1][0] == pytest.approx(60.0 + 5.0, abs=0.02)
