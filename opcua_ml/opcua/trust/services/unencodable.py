"""Responses that fit no encoding are told of in the log, once for each kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import structlog

_SHOWN: Final = 200
"""Characters of a reason that are logged."""

_log = structlog.get_logger(__name__)


def tell_unencodable(response: object, error: Exception) -> None:
    """One line for each such response, however often clients ask for it."""
    _tell_once(type(response).__name__, f"{type(error).__name__}: {error}"[:_SHOWN])


@lru_cache(maxsize=256)
def _tell_once(response: str, why: str) -> None:
    _log.warning("response can't be encoded", response=response, why=" ".join(why.split()))
