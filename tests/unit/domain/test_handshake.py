"""Requests and answers by words: what is answered, what is counted."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opcua_ml.domain.handshake import Handshake, HandshakeCounts, Seen, SignOfLife

TIMEOUT = 5.0


def seen(handshake: Handshake, *ids: int) -> list[Seen]:
    """What looks at these ids show, each of them written at another time and answered at once."""
    found = []
    for number, request_id in enumerate(ids):
        found.append(handshake.see_request(request_id, 0.0, mark=number))
        handshake.answer(request_id)
    return found


def test_each_id_is_answered_once() -> None:
    """Written again, it is counted and not answered again."""
    handshake = Handshake(TIMEOUT, done_id=0)
    assert seen(handshake, 0, 1, 1, 2) == [Seen.NOTHING_NEW, Seen.REQUEST, Seen.NOTHING_NEW, Seen.REQUEST]
    assert handshake.counts == HandshakeCounts(requests=2, answered=2, repeated=1)
    assert handshake.done_id == 2


def test_the_same_writing_seen_again_is_no_repetition() -> None:
    """As where a value is read that a notification has told already."""
    handshake = Handshake(TIMEOUT, done_id=0)
    for _ in range(3):
        handshake.see_request(1, 0.0, mark="noon")
    assert handshake.counts == HandshakeCounts(requests=1)


@pytest.mark.parametrize(
    ("ids", "missed"),
    [
        ((1, 2, 3), 0),
        ((1, 4), 2),
        ((7,), 0),
        ((7, 3), 0),
        ((2**32 - 1, 1), 0),
        ((2**32 - 1, 3), 2),
        ((32767, 1), 0),
        ((5, 0, 1), 0),
    ],
)
def test_ids_that_were_left_out_are_counted(ids: tuple[int, ...], missed: int) -> None:
    """Not where a count begins: at the first id, after 0, after the greatest number, or anew."""
    handshake = Handshake(TIMEOUT, done_id=0)
    seen(handshake, *ids)
    assert handshake.counts.missed == missed


@pytest.mark.parametrize(
    ("done", "request_id", "wanted"),
    [(7, 7, Seen.NOTHING_NEW), (7, 8, Seen.REQUEST), (None, 7, Seen.REQUEST), (None, 0, Seen.RESET)],
)
def test_what_was_open_before_a_restart_is_told_by_the_done_id(
    done: int | None, request_id: int, wanted: Seen
) -> None:
    """An open request is answered, one that was answered is not."""
    handshake = Handshake(TIMEOUT)
    if done is not None:
        handshake.see_done(done)
    assert handshake.see_request(request_id, 0.0) is wanted


@pytest.mark.parametrize(("done", "wanted"), [(3, Seen.NOTHING_NEW), (2, Seen.REQUEST)])
def test_a_lost_connection_makes_the_words_be_looked_at_anew(done: int, wanted: Seen) -> None:
    """What was answered but not taken is answered again; what was taken is not."""
    handshake = Handshake(TIMEOUT, done_id=0)
    seen(handshake, 1, 2, 3)
    handshake.lose()
    handshake.see_done(done)
    assert handshake.see_request(3, 9.0) is wanted


def test_a_request_whose_connection_is_lost_waits_no_more() -> None:
    """It is told as superseded, and answered where it is seen again."""
    handshake = Handshake(TIMEOUT, done_id=0)
    handshake.see_request(1, 0.0)
    handshake.lose()
    assert not handshake.answer(1)
    assert handshake.counts == HandshakeCounts(requests=1, superseded=1)


def test_a_client_that_begins_anew_is_told_so_before_it_asks() -> None:
    """Else its first id could be that of an old answer."""
    handshake = Handshake(TIMEOUT, done_id=0)
    assert seen(handshake, 1, 0) == [Seen.REQUEST, Seen.RESET]
    handshake.reset()
    assert handshake.see_request(1, 0.0) is Seen.REQUEST


def test_a_request_that_takes_too_long_times_out_and_its_answer_counts_no_more() -> None:
    """One answer, and it is the timeout."""
    handshake = Handshake(TIMEOUT, done_id=0)
    handshake.see_request(1, 10.0)
    assert handshake.deadline == 15.0
    assert handshake.expire(14.9) is None
    assert handshake.expire(15.0) == 1
    assert not handshake.answer(1)
    assert handshake.counts == HandshakeCounts(requests=1, answered=1, timed_out=1)


@pytest.mark.parametrize(("timeout", "silent"), [(None, False), (2.0, True), (4.0, False)])
def test_a_sign_of_life_must_keep_changing(timeout: float | None, silent: bool) -> None:
    """Writing the same again is none; before the first one nobody is missed."""
    sign = SignOfLife(timeout)
    assert not sign.is_silent(100.0)
    for value, now in ((1, 0.0), (2, 1.0), (2, 3.0)):
        sign.see(value, now)
    assert sign.is_silent(3.5) is silent


class Conversation(RuleBasedStateMachine):
    """A client that keeps the rules, a service that looks at its words now and then, and a bad line.

    The client writes inputs, raises the id and waits until the done id is its own or its patience ends. The
    service sees what stands in the words at the moments at which it looks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.handshake = Handshake(TIMEOUT, done_id=0)
        self.now = 0.0
        self.writings = 0
        self.request = 0
        self.inputs = 0
        self.done, self.answered_with = 0, 0
        self.waits = False
        self.working: tuple[int, int] | None = None
        self.raised: list[int] = []
        self.looked_at: list[int] = []
        self.told: Counter[int] = Counter()

    @rule(pause=st.floats(0, 2))
    def time_passes(self, pause: float) -> None:
        """On both sides."""
        self.now += pause

    @rule()
    def client_asks(self) -> None:
        """The next id, with inputs of its own; an earlier one that it waited for is given up."""
        self.inputs += 1
        self.request = max(self.request, self.done) + 1
        self.raised.append(self.request)
        self.waits = True
        self.writings += 1

    @rule()
    def client_writes_its_id_again(self) -> None:
        """Some programs write all words in every cycle."""
        self.writings += 1

    @rule()
    def service_looks(self) -> None:
        """And may see a request."""
        if self.handshake.see_request(self.request, self.now, self.writings) is Seen.REQUEST:
            self.looked_at.append(self.request)

    @precondition(lambda self: self.handshake.pending is not None and self.working is None)
    @rule()
    def service_begins(self) -> None:
        """With the inputs as they are after it has seen the request."""
        assert self.handshake.pending is not None
        self.working = (self.handshake.pending.id, self.inputs)

    @precondition(lambda self: self.working is not None)
    @rule()
    def service_ends(self) -> None:
        """Too late or not, superseded or not."""
        assert self.working is not None
        (request_id, inputs), self.working = self.working, None
        if self.handshake.answer(request_id):
            self._tell(request_id, inputs)

    @rule()
    def service_sees_to_timeouts(self) -> None:
        """A timeout is an answer, too."""
        expired = self.handshake.expire(self.now)
        if expired is not None:
            self._tell(expired, -1)

    @rule(outcome=st.booleans())
    def line_breaks(self, outcome: bool) -> None:
        """And comes back; the last answer may have been lost on it."""
        if not outcome and self.told[self.done] == 1 and self.done == self.request:
            self.done -= 1
            self.told[self.request] = 0
        self.handshake.lose()
        self.handshake.see_done(self.done)

    def _tell(self, request_id: int, inputs: int) -> None:
        self.done, self.answered_with = request_id, inputs
        self.told[request_id] += 1
        if self.waits and request_id == self.request:
            # What the client takes for the answer to its own question.
            assert inputs in (-1, self.inputs)
            self.waits = False

    @invariant()
    def no_request_is_answered_twice(self) -> None:
        """By value: each id has at most one answer that reached the client."""
        assert all(times <= 1 for times in self.told.values())

    @invariant()
    def every_request_is_accounted_for(self) -> None:
        """Answered, superseded or still pending; none is lost silently."""
        counts = self.handshake.counts
        open_now = self.handshake.pending is not None
        assert counts.requests == counts.answered + counts.superseded + open_now
        assert counts.timed_out <= counts.answered

    @invariant()
    def nothing_is_answered_that_nobody_asked(self) -> None:
        """And nothing that was not seen."""
        assert set(self.told) <= set(self.raised) | {0}
        assert self.handshake.counts.requests == len(self.looked_at)


Conversation.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestConversation = Conversation.TestCase
