"""Runs in process, as training uses them."""

from __future__ import annotations

import subprocess
import sys
from time import thread_time

import numpy as np
import pytest

from opcua_ml_simulator import Fault, FaultEvent, simulate_run
from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.tags import STATION_TAGS, TRUTH_TAGS, TagType


def test_a_run_has_one_array_per_tag() -> None:
    """Every station and truth tag is there with its type and the length of the run."""
    run = simulate_run(0, 10.0, 0.1)
    kinds = {TagType.Double: np.float64, TagType.Int32: np.int32, TagType.Boolean: np.bool_}
    expected = {tag.name: kinds[tag.type] for tag in (*STATION_TAGS, *TRUTH_TAGS)} | {"Time": np.float64}
    assert {name: values.dtype.type for name, values in run.items()} == expected
    assert {values.shape for values in run.values()} == {(100,)}
    assert run["Time"][[0, -1]] == pytest.approx([0.1, 10.0])


def test_the_schedule_sets_and_ends_the_labels() -> None:
    """ActiveFault, severity and anomaly follow the events; of two faults the more severe is named."""
    run = simulate_run(
        0,
        40.0,
        1.0,
        [
            FaultEvent(at=10.0, fault="Leak", severity=0.4, duration=20.0),
            FaultEvent(at=15.0, fault=Fault.Cavitation, severity=0.8, duration=5.0),
        ],
    )
    labels = run["ActiveFault"].tolist()
    assert labels == [0] * 10 + [6] * 5 + [1] * 5 + [6] * 10 + [0] * 10
    assert run["Anomaly"].tolist() == [label != 0 for label in labels]
    assert run["FaultSeverity"][17] == pytest.approx(0.8)


def test_a_tag_fault_has_no_place_in_a_run() -> None:
    """There are no tags to disturb, and the sentence says so."""
    with pytest.raises(SettingsError, match="process faults only"):
        simulate_run(0, 1.0, 0.1, [FaultEvent(at=0.0, fault="Frozen", tag="PumpStation.Flow")])


def test_a_run_shorter_than_a_step_is_refused() -> None:
    """Not an empty table."""
    with pytest.raises(SettingsError, match="duration_s"):
        simulate_run(0, 0.0, 0.1)


def test_a_run_is_much_faster_than_real_time() -> None:
    """5,000 scans, 500 s of plant time, take less than 5 s of processor time."""
    begin = thread_time()
    simulate_run(0, 500.0, 0.1)
    assert thread_time() - begin < 5.0


def test_training_does_not_load_the_opc_ua_stack() -> None:
    """Importing and running the physics leaves asyncua and pandas unloaded."""
    code = (
        "import sys; from opcua_ml_simulator import simulate_run; simulate_run(0, 1.0, 0.1); "
        "print(sorted({'asyncua', 'pandas', 'sklearn', 'typer'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
