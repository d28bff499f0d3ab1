"""Every role, service, kind of node and state of a session, against an oracle of its own.

The oracle is written from the standard: OPC UA Part 3, 5.6.2 (AccessLevel), 5.7 (Executable), 8.55
(PermissionType); Part 4, 5.6 (sessions), 5.9, 5.11, 5.12.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAccess, Identity, Permission
from opcua_ml.opcua.trust.make import data_value, node_id, variant
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import call, double, read_code, read_request, write
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opcua_ml.opcua.trust import Login
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLES = {
    "Anonymous": 15644,
    "AuthenticatedUser": 15656,
    "Observer": 15668,
    "Operator": 15680,
    "Supervisor": 15692,
    "SecurityAdmin": 15704,
    "ConfigureAdmin": 15716,
    "Engineer": 16036,
}
DEFAULTS = {
    "Observer": "Browse Read",
    "Operator": "Browse Read Write Call",
    "Engineer": "Browse Read Write Call WriteAttribute",
    "Supervisor": "Browse Read Call",
    "ConfigureAdmin": "Browse Read WriteAttribute",
    "SecurityAdmin": "Browse Read ReadRolePermissions WriteRolePermissions",
}
"""What a node that says nothing grants to each role, as far as the services of this matrix ask."""
GROUPS = [(), *((role,) for role in ROLES), ("Observer", "Engineer"), ("Supervisor", "SecurityAdmin")]
STATES = ["no session", "created", "activated", "closed"]


@dataclass(frozen=True)
class Kind:
    """A kind of node.

    Attributes:
        grants: RolePermissions of the node; None leaves them to the server's defaults.
        level, user_level: the bits of AccessLevel and UserAccessLevel, 1 reads and 2 writes.
        executable, user_executable: of methods.
    """

    grants: dict[str, str] | None = None
    level: int = 3
    user_level: int = 3
    executable: bool = True
    user_executable: bool = True


VARIABLES = {
    "plain": Kind(),
    "constant": Kind(level=1),
    "hidden": Kind(level=0),
    "write only": Kind(level=2),
    "user read only": Kind(user_level=1),
    "user hidden": Kind(user_level=0),
    "for engineers": Kind({"Engineer": "Browse Read Write"}),
    "to look at": Kind(dict.fromkeys(ROLES, "Browse")),
    "to read unseen": Kind(dict.fromkeys(ROLES, "Read")),
    "for nobody": Kind({}),
    "for anonymous": Kind({"Anonymous": "Browse Read"}),
}
METHODS = {
    "plain method": Kind(),
    "locked": Kind(executable=False),
    "user locked": Kind(user_executable=False),
    "for supervisors": Kind({"Supervisor": "Browse Call"}),
    "not to call": Kind(dict.fromkeys(ROLES, "Browse Read Write")),
    "call for nobody": Kind({}),
}
SERVICES = ["read value", "read name", "read rights", "write", "browse", "call"]


class ByName(AnonymousAccess):
    """Gives the roles that the user's name lists."""

    async def authenticate(self, login: Login) -> Identity:
        """Roles from a name such as Observer+Engineer."""
        names = [name for name in login.token.UserName.split("+") if name]
        roles = frozenset(node_id(ROLES[name]) for name in names)
        return Identity(login.token.UserName, roles, ua.UserTokenType.UserName)


def permitted(kind: Kind, roles: tuple[str, ...]) -> set[str]:
    """All permissions of these roles together."""
    table = DEFAULTS if kind.grants is None else kind.grants
    return set(itertools.chain.from_iterable(table.get(role, "").split() for role in roles))


def expected(service: str, kind: Kind, roles: tuple[str, ...], state: str) -> str:
    """The name of the StatusCode that the standard asks for."""
    if state == "created":
        return "BadSessionNotActivated"
    if state != "activated":
        return "BadSessionIdInvalid"
    return ORACLE[service](kind, permitted(kind, roles), permitted(Kind(), roles))


def denied_unless(allowed: object) -> str:
    """Good or BadUserAccessDenied."""
    return "Good" if allowed else "BadUserAccessDenied"


def expected_of_reading(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """A Value needs both access levels and Read."""
    return denied_unless(kind.user_level & 1 and "Read" in allowed) if kind.level & 1 else "BadNotReadable"


def expected_of_writing(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """A Value needs both access levels and Write."""
    return denied_unless(kind.user_level & 2 and "Write" in allowed) if kind.level & 2 else "BadNotWritable"


def expected_of_looking(_kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """Other attributes and references need Browse."""
    return denied_unless("Browse" in allowed)


def expected_of_rights(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """RolePermissions need a permission of their own, and may not be there."""
    if "ReadRolePermissions" not in allowed:
        return "BadUserAccessDenied"
    return "Good" if kind.grants is not None else "BadAttributeIdInvalid"


def expected_of_call(kind: Kind, allowed: set[str], owner: set[str]) -> str:
    """A Call needs the permission on the object, too, which is a plain one here."""
    if "Call" not in allowed or "Call" not in owner:
        return "BadUserAccessDenied"
    return denied_unless(kind.user_executable) if kind.executable else "BadNotExecutable"


ORACLE = {
    "read value": expected_of_reading,
    "read name": expected_of_looking,
    "read rights": expected_of_rights,
    "write": expected_of_writing,
    "browse": expected_of_looking,
    "call": expected_of_call,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def matrix() -> AsyncIterator[Target]:
    """A server with one node of every kind."""
    async with started("plant", authenticator=ByName()) as target:
        await build(target)
        yield target


async def build(target: Target) -> None:
    """Make the nodes of the matrix."""
    owner, index = target.nodes["other"], target.index

    async def code(_parent: ua.NodeId) -> list[Any]:
        return []

    async def set_byte(node: Any, attribute: AttributeIds, value: Any, kind: ua.VariantType) -> None:
        await node.write_attribute(attribute, data_value(variant(value, kind)))

    for name, kind in VARIABLES.items():
        node = await owner.add_variable(node_id(f"matrix.{name}", index), ua.QualifiedName(name, index), 1.0)
        await set_byte(node, AttributeIds.AccessLevel, kind.level, ua.VariantType.Byte)
        await set_byte(node, AttributeIds.UserAccessLevel, kind.user_level, ua.VariantType.Byte)
        target.nodes[name] = node
    for name, kind in METHODS.items():
        node = await owner.add_method(
            node_id(f"matrix.{name}", index), ua.QualifiedName(name, index), code, [], []
        )
        await set_byte(node, AttributeIds.Executable, kind.executable, ua.VariantType.Boolean)
        await set_byte(node, AttributeIds.UserExecutable, kind.user_executable, ua.VariantType.Boolean)
        target.nodes[name] = node
    for name, kind in {**VARIABLES, **METHODS}.items():
        if kind.grants is not None:
            grants = {
                node_id(ROLES[role]): sum(int(getattr(Permission, one)) for one in names.split())
                for role, names in kind.grants.items()
            }
            await target.server.set_role_permissions(target.nodes[name], grants)


async def in_state(client: RawClient, roles: tuple[str, ...], state: str) -> None:
    """Bring the connection's session into a state."""
    if state == "no session":
        return
    await client.create_session()
    if state == "created":
        return
    await client.activate_session(identity=ua.UserNameIdentityToken(UserName="+".join(roles), Password=b""))
    if state == "closed":
        await client.call(ua.CloseSessionRequest())


async def found(client: RawClient, target: Target, service: str, name: str) -> str:
    """The name of the StatusCode that the server gives."""
    node = target.id(name)
    try:
        if service == "read value":
            code = await read_code(client, node)
        elif service == "read name":
            code = await read_code(client, node, AttributeIds.DisplayName)
        elif service == "read rights":
            code = await read_code(client, node, AttributeIds.RolePermissions)
        elif service == "write":
            code = await write(client, node, double(2.0))
        elif service == "browse":
            request = ua.BrowseRequest()
            request.Parameters.NodesToBrowse = [ua.BrowseDescription(NodeId=node)]
            code = (await client.call(request)).Results[0].StatusCode.value
        else:
            code = (await call(client, target.id("other"), node)).StatusCode.value
    except ServiceFaulted as fault:
        code = fault.code
    return ua.StatusCode(ua.UInt32(code)).name


def asked() -> list[tuple[str, str, Kind]]:
    """Every service with every node that it makes sense of."""
    variables = itertools.product([one for one in SERVICES if one != "call"], VARIABLES.items())
    methods = itertools.product(["read name", "read rights", "browse", "call"], METHODS.items())
    return [(service, name, kind) for service, (name, kind) in itertools.chain(variables, methods)]


@pytest.mark.parametrize("roles", GROUPS, ids=lambda roles: "+".join(roles) or "none")
async def test_every_cell_of_the_matrix_is_as_the_oracle_says(matrix: Target, roles: tuple[str, ...]) -> None:
    """All services, nodes and states for one set of roles: no mismatch."""
    mismatches = []
    cells = 0
    for state in STATES:
        async with matrix.channel() as client:
            await in_state(client, roles, state)
            for service, name, kind in asked():
                if state == "created":
                    await client.create_session()  # the request before has ended the last one
                cells += 1
                is_code, should = (
                    await found(client, matrix, service, name),
                    expected(service, kind, roles, state),
                )
                if is_code != should:
                    mismatches.append((state, service, name, is_code, should))
    assert not mismatches
    assert cells == len(STATES) * len(asked()) >= 250


async def test_the_matrix_is_large_enough() -> None:
    """Two thousand cells or more."""
    assert len(GROUPS) * len(STATES) * len(asked()) >= 2_000


@pytest.mark.parametrize("roles", GROUPS, ids=lambda roles: "+".join(roles) or "none")
async def test_mixed_batches_give_every_item_its_own_answer(matrix: Target, roles: tuple[str, ...]) -> None:
    """Allowed and denied nodes shuffled in one request: each result is that of the node in its place."""
    chance = random.Random(len(roles))  # noqa: S311 - a repeatable shuffle
    async with matrix.channel() as client:
        await in_state(client, roles, "activated")
        for _ in range(5):
            names = chance.choices(list(VARIABLES), k=30)
            answer = await client.call(read_request(*[matrix.id(name) for name in names]))
            codes = [value.StatusCode.name if value.StatusCode else "Good" for value in answer.Results]
            assert codes == [expected("read value", VARIABLES[name], roles, "activated") for name in names]
            request = ua.WriteRequest()
            for name in names:
                item = ua.WriteValue(NodeId=matrix.id(name), AttributeId=ua.UInt32(13))
                item.Value = ua.DataValue(double(3.0))
                request.Parameters.NodesToWrite.append(item)
            written = [status.name for status in (await client.call(request)).Results]
            assert written == [expected("write", VARIABLES[name], roles, "activated") for name in names]
            methods = chance.choices(list(METHODS), k=20)
            calls = ua.CallRequest()
            calls.Parameters.MethodsToCall = [
                ua.CallMethodRequest(matrix.id("other"), matrix.id(name), []) for name in methods
            ]
            called = [result.StatusCode.name for result in (await client.call(calls)).Results]
            assert called == [expected("call", METHODS[name], roles, "activated") for name in methods]


async def test_nobody_becomes_more_than_the_configuration_says(matrix: Target) -> None:
    """An identity without roles reads neither the plant nor the Server object's values."""
    async with matrix.channel() as client:
        await in_state(client, (), "activated")
        assert await read_code(client, matrix.id("speed")) == StatusCodes.BadUserAccessDenied
        status = node_id(ObjectIds.Server_ServerStatus)
        assert await read_code(client, status) == StatusCodes.BadUserAccessDenied
