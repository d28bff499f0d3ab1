"""The PLC program's reaction to reported results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.faults.process import Fault
from opcua_ml_simulator.plc.program import REDUCED_SPEED, RELIEVED_FAULTS, ReportedResults, ResultProgram


def results(fault: Fault | None, beat: int | None, **more: Any) -> ReportedResults:
    """What a client may have written."""
    return ReportedResults(fault_class=None if fault is None else int(fault), heartbeat=beat, **more)


def run(program: ResultProgram, fault: Fault, seconds: int, start: int = 0) -> float:
    """So many scans a second apart with a living heartbeat; the speed factor at the end."""
    factor = 1.0
    for second in range(start, start + seconds):
        factor = program.scan(results(fault, second), float(second)).speed_factor
    return factor


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name)
def test_only_relieved_faults_reduce_the_speed(fault: Fault) -> None:
    """Cavitation, bearing wear, impeller wear and leak do; valve and sensor faults and Normal don't."""
    expected = REDUCED_SPEED if fault in RELIEVED_FAULTS else 1.0
    assert run(ResultProgram(), fault, 10) == expected


def test_a_report_must_last_for_the_confirmation_time() -> None:
    """Two seconds; an interruption starts the time anew."""
    program = ResultProgram()
    assert run(program, Fault.Leak, 2) == 1.0
    assert run(program, Fault.Normal, 1, start=2) == 1.0
    assert run(program, Fault.Leak, 2, start=3) == 1.0
    assert run(program, Fault.Leak, 1, start=5) == REDUCED_SPEED


def test_the_speed_comes_back_after_the_release_time() -> None:
    """Five seconds without a report, no earlier."""
    program = ResultProgram()
    run(program, Fault.Cavitation, 5)
    assert run(program, Fault.Normal, 5, start=5) == REDUCED_SPEED
    assert run(program, Fault.Normal, 1, start=10) == 1.0


@pytest.mark.parametrize(
    "distrust",
    [
        {"fault_status": 0x80000000},
        {"fault_status": 0x40000000},
        {"fault_quality": 0x80310000},
        {"enable": False},
    ],
    ids=str,
)
def test_distrust_ends_the_reaction_at_once(distrust: dict[str, int | bool]) -> None:
    """Bad or Uncertain quality in either place, or the operator's switch."""
    program = ResultProgram()
    run(program, Fault.Cavitation, 5)
    reaction = program.scan(results(Fault.Cavitation, 5, **distrust), 5.0)
    assert (reaction.speed_factor, reaction.alive, reaction.used) == (1.0, True, False)


def test_a_silent_heartbeat_ends_the_reaction() -> None:
    """After the timeout, and a new beat needs the confirmation time again."""
    program = ResultProgram(heartbeat_timeout=3.0)
    run(program, Fault.Cavitation, 5)
    still = results(Fault.Cavitation, 4)
    assert program.scan(still, 7.0).reduced
    silent = program.scan(still, 7.1)
    assert (silent.reduced, silent.alive, silent.used) == (False, False, False)
    assert not program.scan(results(Fault.Cavitation, 5), 8.0).reduced
    assert program.scan(results(Fault.Cavitation, 6), 10.0).reduced


def test_nothing_written_is_nothing_used() -> None:
    """A PLC without a service runs as if there were no result tags."""
    reaction = ResultProgram().scan(ReportedResults(), 0.0)
    assert (reaction.speed_factor, reaction.alive, reaction.used) == (1.0, False, False)


def test_a_quality_tag_that_says_good_is_good() -> None:
    """Zero is the StatusCode Good, not a missing quality."""
    assert ResultProgram().scan(results(Fault.Normal, 1, fault_quality=0), 0.0).used


@given(
    scans=st.lists(
        st.tuples(
            st.sampled_from([None, *Fault]),
            st.sampled_from([0, 0x40000000, 0x80000000]),
            st.sampled_from([None, 0, 0x80000000]),
            st.integers(0, 3),
            st.booleans(),
            st.floats(0.0, 4.0),
        ),
        max_size=60,
    )
)
def test_speed_is_never_reduced_on_results_that_are_not_trusted(
    scans: list[tuple[Fault | None, int, int | None, int, bool, float]],
) -> None:
    """Whatever is written in whatever order: reduced implies enabled, Good and alive in that very scan."""
    program, now = ResultProgram(), 0.0
    for fault, status, quality, beat, enable, wait in scans:
        now += wait
        reported = ReportedResults(None if fault is None else int(fault), status, quality, beat, enable)
        reaction = program.scan(reported, now)
        if reaction.reduced:
            assert reaction.used
            assert reaction.alive
            assert enable
            assert fault is not None
            assert status == 0
            assert not quality
