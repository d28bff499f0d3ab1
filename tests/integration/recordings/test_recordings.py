"""Real process data, played as tags, scored by the service and read back over OPC UA."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks import skab, tep

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.exists() and os.environ.get("CI") != "true", reason="the recordings are not at hand"
)


async def test_skab_is_scored_over_opc_ua_exactly_as_offline() -> None:
    """Two runs of the rig, every row of the test part; the whole benchmark is `python -m benchmarks.skab`."""
    folder = DATA / "skab" / "valve1"
    result = await skab.run_all([folder / "3.csv", folder / "7.csv"])
    assert result["rows"] == 748 + 694
    assert result["unlike_offline"] == 0
    assert result["f1"] > result["always_alarm_f1"]


@pytest.mark.parametrize(("speed", "rows"), [pytest.param(1.0, 12, marks=pytest.mark.soak), (50.0, 150)])
async def test_a_replay_at_its_own_pace_gives_what_offline_scoring_gives(speed: float, rows: int) -> None:
    """Row by row, with the recorded times; in full: `python -m benchmarks.skab DATA --speed 1`."""
    found = await skab.paced(DATA / "skab" / "valve1" / "3.csv", speed, rows)
    assert found["rows"] == rows
    assert (found["early"], found["unlike_alarms"], found["unlike_times"]) == (0, 0, 0)
    assert found["largest_difference"] < 1e-9
    if speed > 1:
        assert 0 < found["alarms"] < rows


async def test_tennessee_eastman_faults_are_seen_over_opc_ua() -> None:
    """One normal run and one with fault 2: few false alarms, hardly a missed row."""
    result = await tep.run_all(DATA / "tep", [DATA / "tep" / "d02_te.dat"])
    assert result["false_alarm_rate"] < 0.15
    assert result["missed_02"] < 0.05


def test_the_published_rates_are_those_of_the_definitions() -> None:
    """F1, false alarms and missed alarms in percent, by hand on ten rows."""
    truth = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1], dtype=bool)
    predicted = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 0], dtype=bool)
    f1, false_alarms, missed_alarms = skab.Alarms.of(predicted, truth).figures
    assert (round(f1, 3), false_alarms, missed_alarms) == (0.6, 25.0, 50.0)
