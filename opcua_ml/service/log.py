"""Where log lines go and how they look."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Unfailing:
    """A stream that lets go of what can't be written: a full or closed log must not end the service.

    Args:
        stream: to write to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, if that can be done."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """The same."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logging(
    level: Literal["debug", "info", "warning", "error"] = "info", form: Literal["console", "json"] = "console"
) -> None:
    """Send our log lines, and the warnings of libraries, to standard error.

    asyncua logs every refused request as an error with its traceback; what clients do wrong is told by our
    own lines and counters, so its logger is quiet below CRITICAL unless `level` is debug.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    stream = cast("TextIO", Unfailing(sys.stderr))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # Lines of libraries look like ours, so that one program can read them all.
    libraries = logging.StreamHandler(stream)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(level=_LEVELS[level], handlers=[libraries], force=True)
    logging.getLogger("asyncua").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
