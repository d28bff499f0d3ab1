"""What a service answers to its engineers, in words."""

from __future__ import annotations

from typing import Final

from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from opcua_ml.domain.errors import ConnectionRefused, OpcuaMlError
from opcua_ml.opcua.plc.failure import GONE, code_name


class CallRefused(OpcuaMlError):
    """The service did not do what it was asked.

    Attributes:
        method: that was called.
        code: the StatusCode that it gave.
        words: the service's own sentence, as in its log; empty where it told none.
    """

    def __init__(
        self, method: str, code: int, *, where: str = "", found: str | None = None, words: str = ""
    ) -> None:
        told = words or _WORDS.get(code)
        name = code_name(code)
        what = f"{method} is refused ({name})" + (f": {told}" if told else "")
        super().__init__(what, where=where, found=found)
        self.method, self.code, self.words = method, code, words


class ConnectionLost(OpcuaMlError):
    """The connection broke off under a request; whether the service did what was asked is not known."""


class ServiceLost(OpcuaMlError):
    """The connection to the service broke off, and did not come back in time."""


_OF_THE_LOGIN: Final = (
    StatusCodes.BadIdentityTokenInvalid,
    StatusCodes.BadIdentityTokenRejected,
    StatusCodes.BadUserAccessDenied,
)
_OF_OUR_CERTIFICATE: Final = (
    StatusCodes.BadSecurityChecksFailed,
    StatusCodes.BadCertificateUntrusted,
    StatusCodes.BadCertificateInvalid,
)
_NOT_MANAGED: Final = (
    "there is no such model, or its table in the service's configuration does not say versioned = true"
)
_WORDS: Final = {
    StatusCodes.BadInvalidState: "the state of the version, or of its model, does not allow it",
    StatusCodes.BadNotFound: "there is no such version",
    StatusCodes.BadConfigurationError: "the package can't be used, or the version does not pass its gates",
    StatusCodes.BadSecurityChecksFailed: "nobody who is trusted signed the package, or it was changed since",
    StatusCodes.BadUserAccessDenied: "the user may not do that; it wants the Role Engineer",
    StatusCodes.BadServerTooBusy: "too many packages are on their way, or too many requests wait",
    StatusCodes.BadRequestTooLarge: "the package is larger than the service takes (store.upload_mb)",
    StatusCodes.BadNodeIdUnknown: _NOT_MANAGED,
    StatusCodes.BadMethodInvalid: _NOT_MANAGED,
    StatusCodes.BadEntryExists: "another package has this version already, and versions don't change",
    StatusCodes.BadOutOfRange: "an argument is out of its range",
}


def login_refused(error: ConnectionRefused, user: str | None, own: str | None = None) -> ConnectionRefused:
    """Why there is no connection, in words for who logs in: the client is that for PLCs, and says so.

    Args:
        error: of the client.
        user: who logged in; None for nobody.
        own: SHA-256 thumbprint of the certificate that we showed; None for none.
    """
    what, wanted = error.what.replace("the PLC", "the service"), error.wanted
    code = error.__cause__.code if isinstance(error.__cause__, UaStatusCodeError) else None
    if code is not None and code in _OF_THE_LOGIN:
        name = code_name(code)
        if user is None:
            what, wanted = f"the service lets nobody in without a user ({name})", "--user with who logs in"
        else:
            what = f"wrong user or password ({name})"
    if code is not None and code in _OF_OUR_CERTIFICATE and own is not None:
        what = f"the service does not trust this program's certificate ({code_name(code)})"
        wanted = f"where the service runs: opcua-ml trust accept {own} --pki <its server.security.pki>"
    return ConnectionRefused(what, where=error.where, found=error.found, wanted=wanted)


def is_lost(error: Exception) -> bool:
    """Whether the connection, or the session on it, is no more."""
    if isinstance(error, UaStatusCodeError):
        return error.code in GONE
    # What asyncua raises without a StatusCode comes of a connection that ended under a request.
    return isinstance(error, OSError | TimeoutError | UaError)
