"""While somebody wants quick answers, suspects get a bounded share of the time; else they get all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.ground.breathing_room import BURST_S, PRESENCE_S, SHARE, BreathingRoom


def test_nobody_rests_while_nobody_wants_quick_answers() -> None:
    """However much suspects have had."""
    room = BreathingRoom()
    room.took(100.0, now=100.0)
    assert room.rest(100.0) == 0.0


def test_suspects_wait_when_they_have_had_their_share() -> None:
    """And not longer than the others are there: one second after their last request."""
    room = BreathingRoom()
    room.present_until = 100.0 + PRESENCE_S
    room.took(BURST_S + 0.01, now=100.0)
    assert 0.05 < room.rest(100.0) <= 0.1 + 1e-9
    assert room.rest(101.1) == 0.0


def test_a_burst_is_had_at_once() -> None:
    """As after a restart, when everybody comes back."""
    room = BreathingRoom()
    room.present_until = 100.0 + PRESENCE_S
    room.took(0.9 * BURST_S, now=100.0)
    assert room.rest(100.0) == 0.0


def test_one_long_piece_is_not_held_against_suspects_for_ever() -> None:
    """A second of work makes them wait for half a second."""
    room = BreathingRoom()
    room.present_until = 100.0 + PRESENCE_S
    room.took(BURST_S + 1.0, now=100.0)
    assert room.rest(100.0) <= 0.5 + 1e-9


def test_handshakes_that_end_in_a_session_cost_nothing() -> None:
    """A thousand clients come back: what each took is given back."""
    room, now = BreathingRoom(), 100.0
    for _ in range(1_000):
        room.present_until = now + PRESENCE_S
        room.took(0.004, now)
        room.give_back(0.004, now)
        assert room.rest(now) == 0.0
        now += 0.004


@given(st.lists(st.tuples(st.floats(1e-5, 0.04), st.floats(0.0, 0.02)), min_size=50, max_size=300))
def test_the_share_holds_whatever_comes(pieces: list[tuple[float, float]]) -> None:
    """Pieces of any length with any pauses: beyond the burst they take their share, and one piece more."""
    room, now, begun, taken = BreathingRoom(), 100.0, 100.0, 0.0
    for length, pause in pieces:
        now += pause
        room.present_until = now + PRESENCE_S
        now += room.rest(now)
        room.present_until = now + PRESENCE_S
        now += length
        room.took(length, now)
        taken += length
    assert taken <= BURST_S + SHARE * (now - begun) + 0.041
