"""Random faults at random moments: no wrong output, nothing to restart, nothing that grows."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.fault_matrix.policies import KEEP_ALIVE
from tests.integration.fault_matrix.soak import Record, soak

BACK_WITHIN = 10.0
TOLD_WITHIN = 2 * KEEP_ALIVE
BUSY = 1.0
"""s that a machine with other work may add to what is measured."""


def held(record: Record) -> Record:
    """The record of a run, after holding it to what is promised."""
    assert record.wrong == []
    assert not record.ended
    assert record.vouched > record.predictions / 4
    assert max([*record.told_closed, *record.told_silent], default=0.0) <= TOLD_WITHIN + BUSY
    assert max(record.back, default=0.0) <= BACK_WITHIN
    return record


def test_random_faults_make_no_wrong_output() -> None:
    """The bounded form: eighty seconds of plant time."""
    record = held(asyncio.run(soak(11, 80.0)))
    assert record.faults.total() > 2


@pytest.mark.soak
def test_an_hour_of_random_faults_makes_no_wrong_output_and_memory_does_not_grow() -> None:
    """As the record in docs."""
    record = held(asyncio.run(soak(20261121, 3600.0)))
    assert record.faults.total() > 60
    assert record.growth < 0.03
