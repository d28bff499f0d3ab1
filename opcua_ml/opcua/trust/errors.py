"""Refusals inside the trust layer: a service's StatusCode, or the end of a connection."""

from __future__ import annotations

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.trust.make import status_code

REFUSALS = (ServiceError, UaStatusCodeError)
"""What carries a StatusCode for the client; everything else is a fault of ours."""


class ConnectionFailure(Exception):
    """The connection is told this code in an Error message and closed (Part 6, 7.1.2.5)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ChannelClosed(Exception):
    """The client closed its secure channel."""


def good() -> ua.StatusCode:
    """A fresh Good (asyncua's StatusCodes are mutable)."""
    return ua.StatusCode()


def bad(code: int) -> ua.StatusCode:
    """A fresh StatusCode of this code."""
    return status_code(code)
