"""What the collector of garbage takes is told."""

from __future__ import annotations

import gc
import threading

from opcua_ml.opcua.trust.collections import Collections


def test_each_run_of_the_collector_in_this_thread_is_told() -> None:
    """Not those in others, and none when nobody wants to know any more."""
    took: list[float] = []
    collections = Collections(took.append)
    gc.disable()
    try:
        collections.watch()
        gc.collect()
        assert len(took) == 1
        assert took[0] > 0
        other = threading.Thread(target=gc.collect)
        other.start()
        other.join()
        collections.leave()
        gc.collect()
        assert len(took) == 1
        collections.leave()
    finally:
        gc.enable()
