"""The RoleSet shows which Role is whose, to SecurityAdmin alone, and can't be changed over the wire.

Source: OPC UA Part 18, 4.3 and 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.config.server import AnonymousAccess
from opcua_ml.opcua.identity.rights.roles import GRANTED_BY_LOGIN, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.identity.site import HASH, opened_site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.patient_client import Client

THUMBPRINT = "ab" * 32
USERS = f"""
[users.anna]
roles = ["Operator", "Engineer"]
password = "{HASH}"

[users."line 1"]
roles = ["Observer"]
certificates = ["{THUMBPRINT}"]

[users.gone]
roles = ["Operator"]
password = "{HASH}"
enabled = false

[users.sec]
roles = ["SecurityAdmin"]
password = "{HASH}"
"""
Kind = ua.IdentityCriteriaType
WHO: dict[Role, set[tuple[Kind, str]]] = {
    Role.ANONYMOUS: {(Kind.Anonymous, ""), (Kind.AuthenticatedUser, "")},
    Role.AUTHENTICATED_USER: {(Kind.AuthenticatedUser, "")},
    Role.OBSERVER: {(Kind.Anonymous, ""), (Kind.Thumbprint, THUMBPRINT.upper())},
    Role.OPERATOR: {(Kind.UserName, "anna")},
    Role.ENGINEER: {(Kind.UserName, "anna")},
    Role.SUPERVISOR: set(),
    Role.CONFIGURE_ADMIN: set(),
    Role.SECURITY_ADMIN: {(Kind.UserName, "sec")},
}

REFUSED = {StatusCodes.BadMethodInvalid, StatusCodes.BadNotExecutable, StatusCodes.BadUserAccessDenied}
EVERYWHERE = {"Applications": [], "ApplicationsExclude": True, "Endpoints": [], "EndpointsExclude": True}
"""No application and no endpoint is left out."""


def node(client: Client, role: Role, name: str) -> Any:
    """A property of a Role."""
    return client.get_node(node_id(getattr(ObjectIds, f"WellKnownRole_{role}_{name}")))


async def code(reading: Any) -> int:
    """Good, or the StatusCode of the refusal."""
    try:
        await reading
    except UaStatusCodeError as error:
        return int(error.code)
    return 0


async def shown(client: Client, role: Role) -> set[tuple[Kind, str]]:
    """Identities of a Role."""
    return {
        (rule.CriteriaType, rule.Criteria) for rule in await node(client, role, "Identities").read_value()
    }


async def test_the_role_set_shows_who_has_which_role(tmp_path: Path) -> None:
    """As the file of users says at that moment; disabled users have none."""
    async with (
        opened_site(tmp_path, users=USERS, anonymous=AnonymousAccess.OBSERVER) as site,
        await site.user_client("sec") as admin,
    ):
        for role, wanted in WHO.items():
            assert await shown(admin, role) == wanted, role
        for role in WHO.keys() - GRANTED_BY_LOGIN:
            values = [await node(admin, role, name).read_value() for name in EVERYWHERE]
            assert values == list(EVERYWHERE.values())
        bert = f'[users.bert]\nroles = ["Supervisor"]\npassword = "{HASH}"\n'
        site.users_file.write_text(USERS + bert)
        assert await shown(admin, Role.SUPERVISOR) == {(Kind.UserName, "bert")}


async def test_nobody_else_sees_who_has_which_role(tmp_path: Path) -> None:
    """The Roles' names are for all, as RolePermissions speak of them; their members are not."""
    async with opened_site(tmp_path, users=USERS) as site, await site.user_client("anna") as anna:
        role_set = anna.get_node(node_id(ObjectIds.Server_ServerCapabilities_RoleSet))
        roles = await role_set.get_children(nodeclassmask=ua.NodeClass.Object)
        names = {(await role.read_browse_name()).Name for role in roles}
        assert names == {role.value for role in Role}
        for role in Role:
            told = ("Identities",) if role in GRANTED_BY_LOGIN else ("Identities", *EVERYWHERE)
            for name in told:
                assert await code(node(anna, role, name).read_value()) == StatusCodes.BadUserAccessDenied


async def test_roles_are_changed_in_the_file_of_users_alone(tmp_path: Path) -> None:
    """No Method of the RoleSet can be called, and nothing of it is written, by SecurityAdmin neither."""
    async with opened_site(tmp_path, users=USERS) as site, await site.user_client("sec") as admin:
        role_set = admin.get_node(node_id(ObjectIds.Server_ServerCapabilities_RoleSet))
        adding = role_set.call_method(node_id(ObjectIds.RoleSetType_AddRole), "Thief", "urn:thief")
        assert await code(adding) in REFUSED
        role = admin.get_node(node_id(ObjectIds.WellKnownRole_SecurityAdmin))
        rule = ua.IdentityMappingRuleType(CriteriaType=Kind.UserName, Criteria="thief")
        adding = role.call_method(node_id(ObjectIds.RoleType_AddIdentity), rule)
        assert await code(adding) in REFUSED
        identities = node(admin, Role.SECURITY_ADMIN, "Identities")
        value = ua.DataValue(ua.Variant([rule], ua.VariantType.ExtensionObject))
        assert await code(identities.write_value(value)) == StatusCodes.BadNotWritable
        assert await shown(admin, Role.SECURITY_ADMIN) == WHO[Role.SECURITY_ADMIN]
