"""Who sits behind a session, and with which roles.

Source: OPC UA Part 18, 4.2 (well-known Roles); Part 3, 8.55 (PermissionType).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id

NO_NODE: Final = ua.NodeId()
"""The null NodeId, for where there is no session."""


class Role:
    """NodeIds of the well-known Roles of Part 18, 4.2."""

    ANONYMOUS: Final = node_id(ObjectIds.WellKnownRole_Anonymous)
    AUTHENTICATED_USER: Final = node_id(ObjectIds.WellKnownRole_AuthenticatedUser)
    OBSERVER: Final = node_id(ObjectIds.WellKnownRole_Observer)
    OPERATOR: Final = node_id(ObjectIds.WellKnownRole_Operator)
    ENGINEER: Final = node_id(ObjectIds.WellKnownRole_Engineer)
    SUPERVISOR: Final = node_id(ObjectIds.WellKnownRole_Supervisor)
    CONFIGURE_ADMIN: Final = node_id(ObjectIds.WellKnownRole_ConfigureAdmin)
    SECURITY_ADMIN: Final = node_id(ObjectIds.WellKnownRole_SecurityAdmin)


@dataclass(frozen=True, slots=True)
class Identity:
    """One authenticated user.

    Args:
        name: what audit and diagnostics call the user; empty for anonymous.
        roles: NodeIds of the roles granted.
        kind: the token's type, so that a user name never equals a certificate's subject.
        trusted: the server's own code; nothing is asked of it.
        proof: by which the user was believed, such as a certificate's thumbprint; to see whether it still is.
        certificate: the user's, as sent; empty for a user without one.
    """

    name: str = ""
    roles: frozenset[ua.NodeId] = frozenset()
    kind: ua.UserTokenType = ua.UserTokenType.Anonymous
    trusted: bool = False
    proof: str = field(default="", repr=False, compare=False)
    certificate: bytes = field(default=b"", repr=False, compare=False)

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular."""
        return self.kind == ua.UserTokenType.Anonymous and not self.trusted

    def same_user(self, other: Identity) -> bool:
        """Whether both are the same user, whatever roles were granted since."""
        return (self.kind, self.name, self.trusted) == (other.kind, other.name, other.trusted)


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity, its session and its channel; what every authorisation decision is about.

    Attributes:
        locales: in which languages texts are told, the most preferred first; empty for the server's own.
    """

    identity: Identity
    security_mode: ua.MessageSecurityMode = ua.MessageSecurityMode.None_
    address: str = ""
    application_uri: str = ""
    certificate: bytes | None = field(default=None, repr=False)
    session_id: ua.NodeId = NO_NODE
    channel_id: int = 0
    locales: tuple[str, ...] = ()

    @property
    def owner(self) -> tuple[str, str]:
        """The one whom resources are counted for: the user, or the address of an anonymous client."""
        if self.identity.anonymous:
            return ("address", self.address)
        return (self.identity.kind.name, self.identity.name)

    def sees_like(self, other: Caller) -> bool:
        """Whether both may read the same, and read it in the same languages."""
        return (self.identity, self.security_mode, self.locales) == (
            other.identity,
            other.security_mode,
            other.locales,
        )

    def may_pass_to(self, other: Caller) -> bool:
        """Whether a subscription may go over to the other caller (Part 4, 5.14.7.1).

        The user has to be the same; of anonymous clients the application, by certificate or else by address.
        """
        if not self.identity.same_user(other.identity) or self.security_mode != other.security_mode:
            return False
        if not self.identity.anonymous:
            return True
        if self.certificate is None or other.certificate is None:
            same_place = self.certificate is other.certificate and self.address == other.address
            return same_place and self.application_uri == other.application_uri
        return hmac.compare_digest(self.certificate, other.certificate)


INTERNAL: Final = Caller(Identity("server", kind=ua.UserTokenType.Anonymous, trusted=True))
