"""Who is let in: applications by their certificate, users by their token.

Source: OPC UA Part 4, 5.6.2 (CreateSession), 5.6.3 (ActivateSession), 7.40 (UserIdentityToken).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.identity import NO_NODE, Identity, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_ANONYMOUS_ROLES = frozenset({Role.ANONYMOUS, Role.OBSERVER, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Peer:
    """The application at the other end of a secure channel.

    Before the channel is open its id is 0, and its mode is Invalid where that is still encrypted.
    """

    address: str
    security_policy_uri: str
    security_mode: ua.MessageSecurityMode
    certificate: bytes | None = field(default=None, repr=False)
    certificate_chain: bytes | None = field(default=None, repr=False)
    channel_id: int = 0


@dataclass(frozen=True, slots=True)
class Login:
    """What ActivateSession brought: the token, and what its secret or signature has to be checked against."""

    peer: Peer
    token: Any
    token_signature: ua.SignatureData
    server_nonce: bytes = field(repr=False)
    application_uri: str = ""
    session_id: ua.NodeId = NO_NODE


class Authenticator(Protocol):
    """Both questions of identity.

    A refusal is a `ServiceError` or `UaStatusCodeError` with the code that the standard names.
    """

    async def check_channel(self, peer: Peer) -> None:
        """Whether this application may open a secure channel; called for policies other than None.

        It is asked before anything is decrypted, so that a stranger costs no private-key operation. The code
        of a refusal is told to the stranger: it must say no more than Part 4, 6.1.3 lets a client know.
        """
        ...

    async def check_application(self, peer: Peer, description: ua.ApplicationDescription) -> None:
        """Whether this application may have a session under this description."""
        ...

    async def authenticate(self, login: Login) -> Identity:
        """The user of the token, with roles."""
        ...


class AnonymousAuthenticator:
    """Lets anonymous users in with fixed roles and refuses every other token: there is no user database here.

    Args:
        roles: granted to everyone.
    """

    def __init__(self, roles: Iterable[ua.NodeId] = DEFAULT_ANONYMOUS_ROLES) -> None:
        self._identity = Identity(roles=frozenset(roles))

    async def check_channel(self, peer: Peer) -> None:
        """Any application may come in."""

    async def check_application(self, peer: Peer, description: ua.ApplicationDescription) -> None:
        """Any application may come in."""

    async def authenticate(self, login: Login) -> Identity:
        """The anonymous identity.

        Raises:
            ServiceError: BadIdentityTokenRejected for any token but the anonymous one.
        """
        if not isinstance(login.token, ua.AnonymousIdentityToken):
            raise ServiceError(StatusCodes.BadIdentityTokenRejected)
        return self._identity
