"""What ends a session with a PLC, or one request of it."""

from __future__ import annotations

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.domain.wording import sentence

GONE = frozenset(
    {
        StatusCodes.BadSessionIdInvalid,
        StatusCodes.BadSessionClosed,
        StatusCodes.BadSessionNotActivated,
        StatusCodes.BadSecureChannelIdInvalid,
        StatusCodes.BadSecureChannelClosed,
        StatusCodes.BadConnectionClosed,
    }
)
"""Service results after which the session is no more."""


def code_name(code: int) -> str:
    """The standard's name of any StatusCode."""
    name, _ = ua.status_codes.get_name_and_doc(code & 0xFFFF0000)
    return str(name)


class SessionFailed(OpcuaMlError):
    """The session, or the connection under it, is no more."""


class SessionSilent(SessionFailed):
    """Nothing came from the PLC for longer than allowed: frozen, or a cable is out."""


class RequestTimedOut(SessionFailed):
    """No answer came in time; whether the PLC did what was asked is not known."""


class ServiceFault(SessionFailed):
    """The PLC refused a request as a whole; `code` is the StatusCode it gave."""

    def __init__(self, service: str, code: int) -> None:
        super().__init__(
            sentence("the PLC answered {service} with {status}", service=service, status=code_name(code))
        )
        self.code = code
