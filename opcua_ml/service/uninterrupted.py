"""An event loop that the collector of garbage and other threads interrupt as little as can be."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANDOVER_S: Final = 0.0005
"""How long a thread that computes keeps the interpreter from the event loop."""
_COLLECTIONS: Final = (1_000, 10, 400)
"""Objects, and runs of the younger generation, after which the collector runs; see `gc.set_threshold`.

Young objects often, as each run takes a third of a microsecond for one; old ones hardly ever.
"""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is there stays for good; afterwards everything is as before.

    Left to the collector, each full run over the address space would stop the loop for a sixth of a second,
    and what clients make the service keep would be gone through many times a second, 10 ms each time. Threads
    that check passwords and write the audit log would keep clients waiting for 5 ms each.
    """
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.collect(1)  # what the start has thrown away is young
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    sys.setswitchinterval(_HANDOVER_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()  # so that what this run leaves can be collected
