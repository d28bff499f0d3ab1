"""While the service serves it is interrupted less, and afterwards all is as before."""

import gc
import math
import sys

import pytest

from opcua_ml.service.event_loop import uninterrupted

USUAL = (700, 10, 10)
"""Python's own thresholds."""


@pytest.fixture(autouse=True)
def thawed() -> None:
    """Servers that ran before in this process have left frozen objects."""
    gc.unfreeze()


def state() -> tuple[object, ...]:
    """Of the collector and of handing over between threads."""
    return gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count() > 0


def test_the_collector_and_threads_wait_for_as_long_as_it_serves() -> None:
    """All objects far less often, sooner back, and what is there stays out of it."""
    before = state()
    with uninterrupted():
        assert math.prod(gc.get_threshold()) > 10 * math.prod(USUAL)
        assert sys.getswitchinterval() < 0.005
        assert gc.get_freeze_count() > 0
    assert state() == before


def test_all_is_as_before_after_an_error_too() -> None:
    """The process may serve again."""
    before = state()
    with pytest.raises(ZeroDivisionError), uninterrupted():
        raise ZeroDivisionError
    assert state() == before
