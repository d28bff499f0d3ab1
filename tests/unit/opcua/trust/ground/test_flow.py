"""Who is light, and who is a suspect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.ground.flow import Account, Flow


def request(flow: Flow, seconds: float, *, refused: bool = False, parts: int = 1, now: float = 0.0) -> None:
    """One request that takes so long, in so many parts."""
    flow.begin()
    for part in range(parts):
        if refused and part == parts - 1:
            flow.refused()
        flow.spend(seconds / parts, now)


def test_who_has_not_logged_in_is_a_suspect() -> None:
    """Whatever it asks for."""
    assert Flow(stranger=True).is_suspect
    assert not Flow().is_suspect


def test_who_is_refused_most_of_the_time_is_a_suspect_and_never_light() -> None:
    """However little it asks for: it does not come first."""
    flow = Flow()
    for _ in range(60):
        request(flow, 0.0001, refused=True)
    assert flow.is_suspect
    assert not flow.is_light(1e6)


def test_a_request_that_is_refused_at_its_end_is_a_debt_as_a_whole() -> None:
    """What was decoded in parts before it was refused was for nothing, too."""
    flow = Flow()
    request(flow, 0.012, refused=True, parts=24)
    assert flow.is_suspect


def test_a_refusal_now_and_then_makes_nobody_a_suspect() -> None:
    """A client that asks for one node too many, among others that it is given."""
    flow = Flow()
    for number in range(1_000):
        request(flow, 0.001, refused=number % 3 == 0)
        assert not flow.is_suspect


def test_who_is_answered_again_is_trusted_again() -> None:
    """After as much work that came to something; a debt is never more than that of a few requests."""
    flow = Flow()
    for _ in range(1_000):
        request(flow, 0.01, refused=True)
    for _ in range(40):
        request(flow, 0.001)
    assert not flow.is_suspect


@given(st.lists(st.tuples(st.floats(1e-5, 0.01), st.booleans()), max_size=200))
def test_a_client_without_refusals_pays_for_all_it_owed(requests: list[tuple[float, bool]]) -> None:
    """Whatever came before; and nobody is a suspect whose requests are all answered."""
    flow = Flow()
    refused = False
    for seconds, wrong in requests:
        request(flow, seconds, refused=wrong)
        refused = refused or wrong
        assert refused or not flow.is_suspect
    for _ in range(30):
        request(flow, 0.001)
    assert not flow.is_suspect


def test_many_of_one_user_who_each_ask_for_little_do_not_come_first_for_ever() -> None:
    """Fifty who take 2 % each: two fifths of the time they come first, another user's client always."""
    crowd, other = Account(), Flow(Account())
    flows = [Flow(crowd) for _ in range(50)]
    now, first, taken = 0.0, 0.0, 0.0
    while now < 20.0:
        for flow in flows:
            first += 0.0001 if flow.is_light(now) else 0.0
            request(flow, 0.0001, now=now)
            taken += 0.0001
        now += 0.005
        assert other.is_light(now)
    assert taken == pytest.approx(20.0, rel=0.01)
    assert 0.35 < first / now < 0.45


def test_who_asks_for_much_takes_nothing_from_others_of_the_same_user() -> None:
    """A client that reads the whole plant, beside a panel with the same login."""
    account = Account()
    much, panel = Flow(account), Flow(account)
    for step in range(1_000):
        now = step / 100
        for _ in range(8):
            request(much, 0.001, now=now)
        assert panel.is_light(now)
        request(panel, 0.0001, now=now)


def test_fifty_panels_with_one_login_come_first() -> None:
    """Each takes half a percent, and they come all at once."""
    account = Account()
    panels = [Flow(account) for _ in range(50)]
    for step in range(1, 100):
        for panel in panels:
            assert panel.is_light(step * 0.1)
            request(panel, 0.0003, now=step * 0.1)
