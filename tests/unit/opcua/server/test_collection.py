"""Garbage collection rests while nodes are made, and only then."""

from __future__ import annotations

import gc

import pytest

from opcua_ml.opcua.server.collection import collection_paused


def test_collection_rests_inside_and_goes_on_after_a_fault() -> None:
    """It is off inside, and on again however the block ends."""
    states = [gc.isenabled()]

    def fail() -> None:
        with collection_paused():
            states.append(gc.isenabled())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [*states, gc.isenabled()] == [True, False, True]


def test_a_collection_that_was_off_stays_off() -> None:
    """Whoever has switched it off keeps it so."""
    with collection_paused():
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
