"""Every role, service, kind of node and state of a session, against an oracle of its own.

The oracle is written from the standard: OPC UA Part 3, 5.6.2 (AccessLevel), 5.7 (Executable), 8.55
(PermissionType); Part 4, 5.6 (sessions), 5.9, 5.11, 5.12.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Identity, Limits, Permission
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, variant
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import (
    call,
    double,
    history_codes,
    history_request,
    read,
    read_code,
    read_request,
    write,
)
from tests.integration.trust.role_oracle import (
    GROUPS,
    METHODS,
    NOTIFIERS,
    ROLES,
    STATES,
    VARIABLES,
    Kind,
    asked,
    expected,
    may_execute,
    permitted,
)
from tests.integration.trust.subscriber import Subscriber, event_lists_of
from tests.integration.trust.target import Target, started
from tests.integration.trust.test_history import Kept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from opcua_ml.opcua.trust import Login
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")


class ByName(AnonymousAuthenticator):
    """Gives the roles that the user's name lists."""

    async def authenticate(self, login: Login) -> Identity:
        """Roles from a name such as Observer+Engineer."""
        names = [name for name in login.token.UserName.split("+") if name]
        roles = frozenset(node_id(ROLES[name]) for name in names)
        return Identity(login.token.UserName, roles, ua.UserTokenType.UserName)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def matrix() -> AsyncIterator[Target]:
    """A server with one node of every kind."""
    plenty = Limits(max_history_reads_per_second=1e6)
    async with started("plant", plenty, authenticator=ByName()) as target:
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
    for name, kind in NOTIFIERS.items():
        node = await owner.add_object(node_id(f"matrix.{name}", index), ua.QualifiedName(name, index))
        target.generators[name] = await target.server.get_event_generator(ObjectIds.BaseEventType, node)
        await set_byte(node, AttributeIds.EventNotifier, 1 | kind.level, ua.VariantType.Byte)
        target.nodes[name] = node
    target.server.iserver.history_service.provider = Kept()
    for name, kind in {**VARIABLES, **METHODS, **NOTIFIERS}.items():
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


async def first_value(client: RawClient, node: ua.NodeId) -> int:
    """The StatusCode of the first value of an item."""
    subscriber = await Subscriber.create(client, 10.0)
    await subscriber.monitor(node)
    (value,) = await subscriber.values(1)
    await deleted(client, subscriber)
    return value.StatusCode.value if value.StatusCode is not None else 0


async def heard(client: RawClient, target: Target, name: str) -> int:
    """Good if an event of the object reaches an item on the Server, before a keep-alive does."""
    subscriber = await Subscriber.create(client, 10.0, RequestedMaxKeepAliveCount=1)
    clause = ua.SimpleAttributeOperand(BrowsePath=[ua.QualifiedName("Severity")], AttributeId=13)
    wanted = ua.EventFilter(SelectClauses=[clause])
    await subscriber.monitor(node_id(ObjectIds.Server), AttributeIds.EventNotifier, wanted_filter=wanted)
    await target.generators[name].trigger(message="event")
    events = event_lists_of(await subscriber.publish())
    await deleted(client, subscriber)
    return StatusCodes.Good if events else StatusCodes.BadUserAccessDenied


async def deleted(client: RawClient, subscriber: Subscriber) -> None:
    """Make room for the next one."""
    request = ua.DeleteSubscriptionsRequest()
    request.Parameters.SubscriptionIds = [subscriber.id]
    await client.call(request)


async def history_code(client: RawClient, node: ua.NodeId, details: Any = None) -> int:
    """The StatusCode of reading one node's history."""
    answer = await client.call(history_request(node, details=details))
    return int(answer.Results[0].StatusCode.value)


async def browse_code(client: RawClient, node: ua.NodeId) -> int:
    """The StatusCode of a browse."""
    request = ua.BrowseRequest()
    request.Parameters.NodesToBrowse = [ua.BrowseDescription(NodeId=node)]
    return int((await client.call(request)).Results[0].StatusCode.value)


def asking(client: RawClient, target: Target, service: str, name: str) -> Awaitable[Any]:
    """The request of a service."""
    node = target.id(name)
    sample = data_value(double(2.0), source=datetime.now(UTC))
    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "read value": lambda: read_code(client, node),
        "read name": lambda: read_code(client, node, AttributeIds.DisplayName),
        "read rights": lambda: read_code(client, node, AttributeIds.RolePermissions),
        "monitor": lambda: first_value(client, node),
        "write": lambda: write(client, node, double(2.0)),
        "write sample": lambda: write(client, node, sample),
        "browse": lambda: browse_code(client, node),
        "read history": lambda: history_code(client, node),
        "read history of events": lambda: history_code(client, node, ua.ReadEventDetails(NumValuesPerNode=1)),
        "hear of events": lambda: heard(client, target, name),
        "call": lambda: call(client, target.id("other"), node),
    }
    return ways[service]()


async def found(client: RawClient, target: Target, service: str, name: str) -> str:
    """The name of the StatusCode that the server gives."""
    try:
        code = await asking(client, target, service, name)
    except ServiceFaulted as fault:
        code = fault.code
    code = code.StatusCode.value if isinstance(code, ua.CallMethodResult) else code
    return ua.StatusCode(ua.UInt32(code)).name


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
    """Seven thousand cells or more."""
    assert len(GROUPS) * len(STATES) * len(asked()) >= 7_000


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
            past = await history_codes(client, *[matrix.id(name) for name in names])
            assert past == [expected("read history", VARIABLES[name], roles, "activated") for name in names]
            notifiers = chance.choices(list(NOTIFIERS), k=20)
            events = ua.ReadEventDetails(NumValuesPerNode=1)
            past = await history_codes(client, *[matrix.id(name) for name in notifiers], details=events)
            service = "read history of events"
            assert past == [expected(service, NOTIFIERS[name], roles, "activated") for name in notifiers]
            monitored = await first_values(client, [matrix.id(name) for name in names])
            assert monitored == [expected("monitor", VARIABLES[name], roles, "activated") for name in names]


@pytest.mark.parametrize("roles", GROUPS, ids=lambda roles: "+".join(roles) or "none")
async def test_user_executable_says_what_a_call_says(matrix: Target, roles: tuple[str, ...]) -> None:
    """True where the Call would be let through on an object that lets the caller call."""
    async with matrix.channel() as client:
        await in_state(client, roles, "activated")
        for name, kind in METHODS.items():
            found = await read(client, matrix.id(name), AttributeIds.UserExecutable)
            if found.StatusCode is not None and not found.StatusCode.is_good():
                assert "Browse" not in permitted(kind, roles), name
                continue
            assert found.Value.Value is may_execute(kind, roles), name
            if "Call" in permitted(Kind(), roles):
                assert (expected("call", kind, roles, "activated") == "Good") is found.Value.Value, name


async def first_values(client: RawClient, nodes: list[ua.NodeId]) -> list[str]:
    """The names of the first values' StatusCodes of items that one request creates."""
    subscriber = await Subscriber.create(client, 10.0)
    await subscriber.create_items(*[subscriber.item(node) for node in nodes])
    changes = await subscriber.notifications(len(nodes))
    await deleted(client, subscriber)
    codes = {change.ClientHandle: change.Value.StatusCode for change in changes}
    return [codes[at].name if codes[at] else "Good" for at in range(1, len(nodes) + 1)]


async def test_nobody_becomes_more_than_the_configuration_says(matrix: Target) -> None:
    """An identity without roles reads neither the plant nor the Server object's values."""
    async with matrix.channel() as client:
        await in_state(client, (), "activated")
        assert await read_code(client, matrix.id("speed")) == StatusCodes.BadUserAccessDenied
        status = node_id(ObjectIds.Server_ServerStatus)
        assert await read_code(client, status) == StatusCodes.BadUserAccessDenied
