"""The RoleSet as the configuration and the file of users map Roles, for SecurityAdmin to read.

Roles are changed in the file of users alone: Methods of Part 18 such as AddIdentity are not there.

Source: OPC UA Part 18, 4.3 (RoleSetType), 4.4.1 (RoleType), 4.4.2 (IdentityMappingRuleType).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.config.server import AnonymousAccess
from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.trust.information.values import compute_value

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.users.users import Users
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_Criteria = ua.IdentityCriteriaType
_ROLE_OF_ANONYMOUS: Final = {
    AnonymousAccess.OBSERVER: Role.OBSERVER,
    AnonymousAccess.OPERATOR: Role.OPERATOR,
}


class RoleSet:
    """Who has which Role.

    Args:
        users: who there is.
        anonymous: what clients without a user may do.
    """

    def __init__(self, users: Users, anonymous: AnonymousAccess) -> None:
        self._users = users
        self._anonymous = anonymous

    def publish(self, aspace: PlantAddressSpace) -> None:
        """Compute Identities of every Role whenever they are read: the file of users may have changed."""
        for role in Role:
            number = getattr(ObjectIds, f"WellKnownRole_{role}_Identities")
            compute_value(aspace, number, partial(self.identities, role), ua.VariantType.ExtensionObject)

    def identities(self, role: Role) -> list[ua.IdentityMappingRuleType]:
        """The rules by which a session gets the Role; users of a certificate by its SHA-256 thumbprint."""
        found = []
        if role is Role.ANONYMOUS or _ROLE_OF_ANONYMOUS.get(self._anonymous) is role:
            found.append(_rule(_Criteria.Anonymous))
        if role in {Role.ANONYMOUS, Role.AUTHENTICATED_USER}:
            found.append(_rule(_Criteria.AuthenticatedUser))
        for user in self._users.all():
            if not user.enabled or role not in user.roles:
                continue
            if user.password_hash is not None:
                found.append(_rule(_Criteria.UserName, user.name))
            found += [_rule(_Criteria.Thumbprint, one.upper()) for one in sorted(user.certificates)]
        return found


def _rule(kind: ua.IdentityCriteriaType, criteria: str = "") -> ua.IdentityMappingRuleType:
    return ua.IdentityMappingRuleType(CriteriaType=kind, Criteria=criteria)
