"""The well-known Roles (OPC UA Part 3, 4.9.2 and Part 18, 4.3), and which of them a session has."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(StrEnum):
    """Names as the standard spells them."""

    ANONYMOUS = "Anonymous"
    AUTHENTICATED_USER = "AuthenticatedUser"
    OBSERVER = "Observer"
    OPERATOR = "Operator"
    ENGINEER = "Engineer"
    SUPERVISOR = "Supervisor"
    CONFIGURE_ADMIN = "ConfigureAdmin"
    SECURITY_ADMIN = "SecurityAdmin"

    @property
    def node_number(self) -> int:
        """Numeric identifier of the Role's NodeId in namespace 0 (Part 6, A.3)."""
        return _NODE_NUMBERS[self]


_NODE_NUMBERS = {
    Role.ANONYMOUS: 15644,
    Role.AUTHENTICATED_USER: 15656,
    Role.OBSERVER: 15668,
    Role.OPERATOR: 15680,
    Role.SUPERVISOR: 15692,
    Role.SECURITY_ADMIN: 15704,
    Role.CONFIGURE_ADMIN: 15716,
    Role.ENGINEER: 16036,
}

GRANTED_BY_LOGIN = frozenset({Role.ANONYMOUS, Role.AUTHENTICATED_USER})
"""What every session has by itself; nobody grants these to a user."""

GRANTABLE = frozenset(Role) - GRANTED_BY_LOGIN
"""What the users' file may grant."""


def session_roles(granted: Iterable[Role], *, authenticated: bool) -> frozenset[Role]:
    """All Roles of a session (Part 3, 4.9.1).

    Anonymous is always among them, and AuthenticatedUser where a user has logged in.
    """
    always = GRANTED_BY_LOGIN if authenticated else {Role.ANONYMOUS}
    return frozenset(granted) | always
