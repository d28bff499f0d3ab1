"""Rules of StatusCodes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.status import Severity, Status, severity, status_name, worst

CODES = st.integers(0, 2**32 - 1)
OFFICIAL = Path(__file__).parents[4] / "shared" / "nodesets" / "Schema" / "StatusCode.csv"


@given(CODES)
def test_every_code_has_a_severity_and_the_reserved_pattern_counts_as_bad(code: int) -> None:
    """No 32-bit code is without a verdict, and none with the top bit set passes for usable."""
    assert severity(code) in Severity
    assert (code >= 0x80000000) is (severity(code) is Severity.BAD)


@given(st.lists(CODES))
def test_the_worst_of_codes_is_as_severe_as_any_of_them(codes: list[int]) -> None:
    """Joining never hides a worse quality."""
    assert severity(worst(codes)) == max(map(severity, codes), default=Severity.GOOD)


def test_among_equally_severe_codes_the_first_one_stays() -> None:
    """The reason that is shown is that of the first offender."""
    assert worst([Status.Good, Status.BadNoData, Status.BadTimeout]) == Status.BadNoData


def test_an_unknown_code_is_named_by_its_number() -> None:
    """A PLC's vendor codes stay readable."""
    assert status_name(0x81230000) == "0x81230000"
    assert status_name(Status.BadTypeMismatch) == "BadTypeMismatch"


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the standard's StatusCode table is not at hand")
def test_our_numbers_are_those_of_the_standard() -> None:
    """Each StatusCode that we give by itself has the number of the official table."""
    with OFFICIAL.open(encoding="utf-8") as lines:
        official = {row[0]: int(row[1], 16) for row in csv.reader(lines)}
    assert {one.name: one.value for one in Status} == {one.name: official[one.name] for one in Status}
