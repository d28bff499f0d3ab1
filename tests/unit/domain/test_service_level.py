"""ServiceLevel keeps to the standard's sub-ranges and never rises when something gets worse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.service_level import service_level
from opcua_ml.domain.state import ConnectionState, ModelState

MODELS = st.lists(st.sampled_from(list(ModelState)), max_size=8)
CONNECTIONS = st.lists(st.sampled_from(list(ConnectionState)), max_size=8)
READY, FAILED = ModelState.Ready, ModelState.Failed
CONNECTED, AWAY = ConnectionState.Connected, ConnectionState.Disconnected


@pytest.mark.parametrize(
    ("models", "connections", "audited", "level"),
    [
        ([], [], True, 255),
        ([READY, READY], [CONNECTED], True, 255),
        ([READY], [AWAY], True, 2 + 197 * 2 // 3),
        ([READY], [CONNECTED], False, 2 + 197 * 2 // 3),
        ([READY, ModelState.Degraded], [], True, 2 + int(197 * 2.5 / 3)),
        ([READY, FAILED], [CONNECTED], True, 2 + 197 * 3 // 4),
        ([FAILED, FAILED], [CONNECTED], True, 1),
        ([], [AWAY], False, 2),
    ],
)
def test_the_level_is_the_share_of_what_works(
    models: list[ModelState], connections: list[ConnectionState], audited: bool, level: int
) -> None:
    """As the page on security says."""
    assert service_level(models, connections, audited=audited) == level


@given(MODELS, CONNECTIONS, st.booleans())
def test_the_level_is_healthy_only_where_all_is_well(
    models: list[ModelState], connections: list[ConnectionState], audited: bool
) -> None:
    """255, or below 200; never 0, which asks clients to leave."""
    level = service_level(models, connections, audited=audited)
    well = set(models) <= {READY} and set(connections) <= {CONNECTED} and audited
    assert (level == 255) == well
    assert well or 1 <= level < 200


@given(MODELS.filter(bool), CONNECTIONS, st.booleans(), st.data())
def test_a_failure_never_raises_the_level(
    models: list[ModelState], connections: list[ConnectionState], audited: bool, data: st.DataObject
) -> None:
    """Whichever model it is."""
    before = service_level(models, connections, audited=audited)
    failed = list(models)
    failed[data.draw(st.integers(0, len(models) - 1))] = FAILED
    assert service_level(failed, connections, audited=audited) <= before
