"""The PLC program that asks by words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.plc.inquiry import PATIENCE, PAUSE, AnswerWords, Inquiry, InquiryProgram
from opcua_ml_simulator.tags import ASKED_ABOUT

IMAGE = dict.fromkeys(ASKED_ABOUT, 1.0)
ASKING = AnswerWords(enable=True)


def scan(
    program: InquiryProgram, words: AnswerWords, now: float, value: float = 1.0, *, alive: bool = True
) -> Inquiry:
    """One pass with this value in every asked tag."""
    return program.scan(words, dict.fromkeys(ASKED_ABOUT, value), now, alive=alive)


@pytest.mark.parametrize(("enable", "alive"), [(False, True), (True, False)])
def test_nothing_is_asked_of_nobody(enable: bool, alive: bool) -> None:
    """Nor while the operator's switch is off."""
    found = scan(InquiryProgram(), AnswerWords(enable=enable), 0.0, alive=alive)
    assert found == Inquiry()


def test_a_question_keeps_the_values_of_its_scan_until_it_is_answered() -> None:
    """Else the client could read other ones than were asked about."""
    program = InquiryProgram()
    scan(program, ASKING, 0.0, value=1.0)
    asked = scan(program, ASKING, 1.0, value=2.0)
    assert asked.request_id == 1
    assert asked.values == dict.fromkeys(ASKED_ABOUT, 1.0)


def test_a_good_answer_is_used_and_the_next_question_follows() -> None:
    """After the pause."""
    program = InquiryProgram()
    scan(program, ASKING, 0.0)
    answer = replace(ASKING, done_id=1, result_code=0, flow=80.0)
    found = scan(program, answer, 0.1)
    assert (found.known, found.last_flow, found.answered) == (True, 80.0, 1)
    assert scan(program, answer, 0.1 + PAUSE / 2).request_id == 1
    assert scan(program, answer, 0.2 + PAUSE).request_id == 2


@pytest.mark.parametrize("code", [0x80000000, 0x40000000, None])
def test_an_answer_that_is_not_good_is_counted_and_not_used(code: int | None) -> None:
    """The last usable flow stays, known to be old."""
    program = InquiryProgram()
    scan(program, ASKING, 0.0)
    found = scan(program, replace(ASKING, done_id=1, result_code=code, flow=80.0), 0.1)
    assert (found.known, found.last_flow, found.answered) == (False, 0.0, 1)


@pytest.mark.parametrize(("seconds", "alive"), [(PATIENCE + 0.1, True), (0.1, False)])
def test_silence_is_no_answer(seconds: float, alive: bool) -> None:
    """The question is given up, whatever an old answer says."""
    program = InquiryProgram()
    scan(program, ASKING, 0.0)
    found = scan(program, replace(ASKING, done_id=9, result_code=0, flow=5.0), seconds, alive=alive)
    assert (found.known, found.given_up, found.answered) == (False, 1, 0)


def test_ids_go_on_from_the_done_id_and_begin_again_after_the_greatest() -> None:
    """So that no new question has the id of the last answer."""
    program = InquiryProgram()
    assert scan(program, replace(ASKING, done_id=41), 0.0).request_id == 42
    program = InquiryProgram()
    assert scan(program, replace(ASKING, done_id=2**32 - 1), 0.0).request_id == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.floats(0.1, 2.0)), max_size=60))
def test_no_answer_to_another_question_is_ever_used(steps: list[tuple[int, bool, float]]) -> None:
    """Whatever ids a client writes and when: a used flow came with the id of the question then open."""
    program, now = InquiryProgram(), 0.0
    for done_id, alive, pause in steps:
        now += pause
        before = program.inquiry
        words = AnswerWords(enable=True, done_id=done_id, result_code=0, flow=float(done_id))
        after = scan(program, words, now, alive=alive)
        if after.answered > before.answered:
            assert after.last_flow == before.request_id
        else:
            assert after.last_flow == before.last_flow
