"""What packing is at, for somebody who waits."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("opcua_ml.pack")


def steps_of(package: str) -> Callable[[str], None]:
    """Tells each step: a line on standard error where that is a terminal, else in the log for debugging.

    Args:
        package: name and version, which begin the line.
    """

    def told(step: str) -> None:
        _LOG.debug("%s: %s", package, step)
        if sys.stderr is not None and sys.stderr.isatty():
            print(f"{package}: {step} …", file=sys.stderr, flush=True)  # noqa: T201 - who waits looks there

    return told
