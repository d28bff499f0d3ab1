"""Garbage collection rests while much is made, and only then; what it takes is told."""

from __future__ import annotations

import gc
import threading

import pytest

from opcua_ml.garbage import CollectionClock, collection_paused


@pytest.fixture(autouse=True)
def _begun_with_a_collector() -> None:
    """Whatever a test before has left."""
    gc.enable()


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


def test_each_run_of_the_collector_in_this_thread_is_told() -> None:
    """Not those in others, and none when nobody wants to know any more."""
    took: list[float] = []
    clock = CollectionClock(took.append)
    gc.disable()
    try:
        clock.watch()
        gc.collect()
        assert len(took) == 1
        assert took[0] > 0
        other = threading.Thread(target=gc.collect)
        other.start()
        other.join()
        clock.leave()
        gc.collect()
        assert len(took) == 1
        clock.leave()
    finally:
        gc.enable()
