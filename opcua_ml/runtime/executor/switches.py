"""Whether a thread gave up the processor by itself, to wait, or was made to by the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def voluntary_switches() -> Callable[[], int]:
    """Tells how often the calling thread has waited for something so far, as getrusage(2) counts it.

    Where the system does not count that for one thread, as Linux does, it grows with each look: whoever was
    slow is taken to have waited.
    """
    try:
        import resource  # noqa: PLC0415 - not on every platform

        thread = resource.RUSAGE_THREAD
    except (ImportError, AttributeError):
        return _Growing()
    return lambda: resource.getrusage(thread).ru_nvcsw


class _Growing:
    def __init__(self) -> None:
        self._looks = 0

    def __call__(self) -> int:
        self._looks += 1
        return self._looks
