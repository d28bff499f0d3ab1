"""Refusals inside the trust layer: a service's StatusCode, or the end of a connection."""

from __future__ import annotations

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import get_name_and_doc
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.trust.ground.ua_values import status_code

REFUSALS = (ServiceError, UaStatusCodeError)
"""What carries a StatusCode for the client; everything else is a fault of ours."""

_LONGEST_WHY = 300
"""Characters, as foreign names are among them."""


class ConnectionFailure(Exception):
    """The connection is told this code in an Error message and closed (Part 6, 7.1.2.5)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @property
    def why(self) -> str:
        """One sentence for our log; what the client is told may be less (Part 6, 6.7.4: no oracle)."""
        if self.reason:
            return self.reason
        cause = self.__cause__
        while cause is not None and isinstance(cause, REFUSALS):
            cause = cause.__cause__
        if cause is None:
            return str(get_name_and_doc(self.code)[1])
        said = " ".join(str(cause).split())
        return said[:_LONGEST_WHY] or f"{type(cause).__name__}, that is wrong bytes or another key"


class ChannelClosed(Exception):
    """The client closed its secure channel."""


def good() -> ua.StatusCode:
    """A fresh Good (asyncua's StatusCodes are mutable)."""
    return ua.StatusCode()


def bad(code: int) -> ua.StatusCode:
    """A fresh StatusCode of this code."""
    return status_code(code)
