"""What nobody may read, write or call is neither read, written nor called, by whatever service.

Source: OPC UA Part 3, 5.2.9, 5.6.2, 5.7, 8.55; Part 4, 5.11, 5.12, 5.13.2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Identity, Permission, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.integration.trust.requests import (
    browse,
    browse_next,
    call,
    double,
    int32,
    read,
    read_code,
    refused,
    write,
)
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, weak_in_asyncua

if TYPE_CHECKING:
    from opcua_ml.opcua.trust import Login

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
_ua: Any = ua


@weak_in_asyncua
async def test_a_value_without_read_access_is_not_read(target: Target) -> None:
    """AccessLevel 0 hides the value; the node's other attributes are shown."""
    async with target.session() as client:
        assert await read_code(client, target.id("hidden")) == Code.BadNotReadable
        assert await read_code(client, target.id("hidden"), AttributeIds.BrowseName) == Code.Good


@weak_in_asyncua
async def test_a_value_without_read_access_is_not_monitored(target: Target) -> None:
    """The item is created and reports the refusal, never the value (Part 4, 5.13.2.1)."""
    async with target.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(target.id("hidden"))
        (first,) = await subscriber.values(1)
        assert first.StatusCode is not None
        assert first.StatusCode.value == Code.BadNotReadable
        assert first.Value is None or first.Value.Value is None


async def test_a_value_without_write_access_is_not_written(plant: Target) -> None:
    """BadNotWritable, and the value stays."""
    async with plant.session() as client:
        assert await write(client, plant.id("constant"), int32(8)) == Code.BadNotWritable
        assert (await read(client, plant.id("constant"))).Value.Value == 7


@pytest.mark.parametrize("attribute", [AttributeIds.NodeId, AttributeIds.NodeClass, AttributeIds.DisplayName])
async def test_attributes_other_than_the_value_are_written_only_by_their_mask(
    plant: Target, attribute: AttributeIds
) -> None:
    """WriteMask 0 allows nothing."""
    async with plant.session() as client:
        new = ua.Variant(ua.LocalizedText("x"))
        assert await write(client, plant.id("speed"), new, attribute) == Code.BadNotWritable


@weak_in_asyncua
async def test_a_method_that_is_not_executable_does_not_run(target: Target) -> None:
    """Executable = False refuses the Call."""
    async with target.session() as client:
        result = await call(client, target.id("pump"), target.id("locked"), double(1.0), double(2.0))
        assert result.StatusCode.value == Code.BadNotExecutable
        assert not result.OutputArguments


@weak_in_asyncua
async def test_a_method_runs_only_on_an_object_that_has_it(target: Target) -> None:
    """Part 4, 5.12.2.4: BadMethodInvalid."""
    async with target.session() as client:
        result = await call(client, target.id("other"), target.id("add"), double(1.0), double(2.0))
        assert result.StatusCode.value == Code.BadMethodInvalid


@weak_in_asyncua
async def test_a_method_without_code_is_not_executable(target: Target) -> None:
    """The standard's methods that nothing is behind say so in Executable and when called."""
    async with target.session() as client:
        condition = node_id(ObjectIds.ConditionType)
        method = node_id(ObjectIds.ConditionType_Enable)
        assert (await read(client, method, AttributeIds.Executable)).Value.Value is False
        assert (await call(client, condition, method)).StatusCode.value == Code.BadNotExecutable


async def test_allowed_and_denied_items_of_one_request_keep_their_places(plant: Target) -> None:
    """A denied item neither spoils nor shifts its neighbours, in Read, Write and Call."""
    async with plant.session() as client:
        request = ua.WriteRequest()
        for name, value in (("count", 5), ("constant", 5), ("hidden", 5), ("count", 6)):
            request.Parameters.NodesToWrite.append(
                ua.WriteValue(NodeId=plant.id(name), AttributeId=13, Value=ua.DataValue(int32(value)))
            )
        codes = [result.value for result in (await client.call(request)).Results]
        assert codes == [Code.Good, Code.BadNotWritable, Code.BadNotWritable, Code.Good]
        calls = ua.CallRequest()
        for owner, method in (("pump", "add"), ("other", "add"), ("pump", "locked"), ("pump", "add")):
            calls.Parameters.MethodsToCall.append(
                ua.CallMethodRequest(plant.id(owner), plant.id(method), [double(1.0), double(2.0)])
            )
        results = (await client.call(calls)).Results
        assert [result.StatusCode.value for result in results] == [
            Code.Good,
            Code.BadMethodInvalid,
            Code.BadNotExecutable,
            Code.Good,
        ]
        assert results[3].OutputArguments[0].Value == 3.0


async def test_user_attributes_tell_what_this_caller_may_do() -> None:
    """UserAccessLevel, UserExecutable and UserRolePermissions follow the roles of the session."""
    observer = AnonymousAuthenticator({Role.ANONYMOUS, Role.OBSERVER})
    async with started("plant", authenticator=observer) as plant, plant.session() as client:
        level = await read(client, plant.id("speed"), AttributeIds.UserAccessLevel)
        assert level.Value.Value == 1 << ua.AccessLevel.CurrentRead
        assert (await read(client, plant.id("speed"), AttributeIds.AccessLevel)).Value.Value == 3
        assert (await read(client, plant.id("add"), AttributeIds.UserExecutable)).Value.Value is False
        assert (await read(client, plant.id("add"), AttributeIds.Executable)).Value.Value is True
        own = (await read(client, plant.id("speed"), AttributeIds.UserRolePermissions)).Value.Value
        assert {entry.RoleId for entry in own} == {Role.ANONYMOUS, Role.OBSERVER}
        assert await write(client, plant.id("speed"), double(2.0)) == Code.BadUserAccessDenied
        result = await call(client, plant.id("pump"), plant.id("add"), double(1.0), double(2.0))
        assert result.StatusCode.value == Code.BadUserAccessDenied


async def test_a_role_less_session_sees_the_standard_nodes_alone() -> None:
    """Anonymous without further roles browses and reads the OPC UA namespace, not the plant's."""
    nobody = AnonymousAuthenticator({Role.ANONYMOUS})
    async with started("plant", authenticator=nobody) as plant, plant.session() as client:
        assert await read_code(client, node_id(ObjectIds.Server_ServerStatus)) == Code.Good
        assert await read_code(client, plant.id("speed")) == Code.BadUserAccessDenied
        assert await read_code(client, plant.id("speed"), AttributeIds.BrowseName) == Code.BadUserAccessDenied
        seen = await browse(client, node_id(ObjectIds.ObjectsFolder))
        assert {reference.NodeId.NamespaceIndex for reference in seen.References} == {0}
        assert (await browse(client, plant.id("pump"))).StatusCode.value == Code.BadUserAccessDenied
        request = ua.TranslateBrowsePathsToNodeIdsRequest()
        element = _ua.RelativePathElement(
            node_id(ObjectIds.Organizes), False, True, ua.QualifiedName("Pump", plant.index)
        )
        request.Parameters.BrowsePaths = [
            ua.BrowsePath(node_id(ObjectIds.ObjectsFolder), ua.RelativePath([element]))
        ]
        assert (await client.call(request)).Results[0].StatusCode.value == Code.BadNoMatch


async def test_role_permissions_of_a_node_go_before_its_namespaces(plant: Target) -> None:
    """What the node grants counts, in every service; taking it back takes effect in running subscriptions."""
    server = plant.server
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("title"))
        assert (await subscriber.values(1))[0].Value.Value == "pump"
        await server.set_role_permissions(plant.nodes["title"], {Role.ENGINEER: Permission.Read})
        assert await read_code(client, plant.id("title")) == Code.BadUserAccessDenied
        await plant.write("title", "secret", ua.VariantType.String)
        (denied,) = await subscriber.values(1)
        assert denied.StatusCode.value == Code.BadUserAccessDenied
        assert denied.Value is None or denied.Value.Value is None
        await server.set_role_permissions(
            plant.nodes["title"], {Role.OBSERVER: Permission.Read | Permission.Browse}
        )
        assert await read_code(client, plant.id("title")) == Code.Good
        await plant.write("title", "pump", ua.VariantType.String)


async def test_a_right_taken_away_ends_the_values_at_once(plant: Target) -> None:
    """Without a further change, and what was queued before is not sent either; given back, all goes on."""
    server = plant.server
    async with plant.session() as client:
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("count"))
        await subscriber.monitor(plant.id("speed"))
        await subscriber.values(2)
        paused = ua.SetPublishingModeRequest()
        paused.Parameters.PublishingEnabled = False
        paused.Parameters.SubscriptionIds = [subscriber.id]
        await client.call(paused)
        await plant.write("count", 4711, ua.VariantType.Int32)
        await server.set_role_permissions(plant.nodes["count"], {Role.ENGINEER: Permission.Read})
        paused.Parameters.PublishingEnabled = True
        await client.call(paused)
        (denied,) = await subscriber.values(1)
        assert denied.StatusCode.value == Code.BadUserAccessDenied
        assert denied.Value is None or denied.Value.Value is None
        rights = {Role.OBSERVER: Permission.Read | Permission.Browse}
        await server.set_role_permissions(plant.nodes["count"], rights)
        assert await subscriber.numbers(1) == [4711]
        assert await subscriber.nothing_for(0.1)


async def test_another_user_of_the_session_ends_the_values_at_once() -> None:
    """ActivateSession with a user who may not read: the items say so without waiting for a change."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        await client.create_session()
        await client.activate_session(identity=ua.UserNameIdentityToken(UserName="observer"))
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("speed"))
        await subscriber.values(1)
        await client.activate_session(identity=ua.UserNameIdentityToken(UserName="nobody"))
        (denied,) = await subscriber.values(1)
        assert denied.StatusCode.value == Code.BadUserAccessDenied


async def test_another_user_of_the_session_gets_nothing_again_that_was_sent_to_the_one_before() -> None:
    """Republish: what the user before had not acknowledged is gone; the same user gets it again."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        observer = ua.UserNameIdentityToken(UserName="observer")
        await client.create_session()
        await client.activate_session(identity=observer)
        subscriber = await Subscriber.create(client)
        await subscriber.monitor(plant.id("speed"))
        await subscriber.values(1)
        again = ua.RepublishRequest()
        again.Parameters.SubscriptionId = subscriber.id
        again.Parameters.RetransmitSequenceNumber = 1
        await client.activate_session(identity=observer)
        assert await refused(client, again) == Code.Good
        await client.activate_session(identity=ua.UserNameIdentityToken(UserName="nobody"))
        assert await refused(client, again) == Code.BadMessageNotAvailable


async def test_another_user_of_the_session_goes_on_with_no_browse_of_the_one_before() -> None:
    """The continuation point is gone; the same user with the same Roles keeps it (Part 4, 7.9)."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        observer = ua.UserNameIdentityToken(UserName="observer")
        await client.create_session()
        await client.activate_session(identity=observer)
        point = (await browse(client, plant.id("pump"), most=1)).ContinuationPoint
        await client.activate_session(identity=observer)
        (more,) = await browse_next(client, point)
        assert len(more.References) == 1
        for name in ("nobody", "observer"):
            await client.activate_session(identity=ua.UserNameIdentityToken(UserName=name))
            (gone,) = await browse_next(client, more.ContinuationPoint)
            assert gone.StatusCode.value == Code.BadContinuationPointInvalid
            assert not gone.References


async def test_a_browse_goes_on_with_the_rights_of_now() -> None:
    """References whose targets were withdrawn are left out; of a node withdrawn itself nothing is told."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        await client.create_session()
        await client.activate_session(identity=ua.UserNameIdentityToken(UserName="observer"))
        points = [(await browse(client, plant.id("pump"), most=1)).ContinuationPoint for _ in range(2)]
        await plant.server.set_role_permissions(plant.nodes["title"], {Role.ENGINEER: Permission.Browse})
        names = []
        (result,) = await browse_next(client, points[0])
        while result.ContinuationPoint:
            names += [reference.BrowseName.Name for reference in result.References]
            (result,) = await browse_next(client, result.ContinuationPoint)
        assert "count" in names
        assert "title" not in names
        await plant.server.set_role_permissions(plant.nodes["pump"], {Role.ENGINEER: Permission.Browse})
        (denied,) = await browse_next(client, points[1])
        assert denied.StatusCode.value == Code.BadUserAccessDenied
        assert not denied.References


class ByName(AnonymousAuthenticator):
    """Whoever says to be an observer is one."""

    async def authenticate(self, login: Login) -> Identity:
        """The user, with one role or none."""
        name = login.token.UserName
        roles = frozenset({Role.OBSERVER} if name == "observer" else ())
        return Identity(name, roles, ua.UserTokenType.UserName)


async def test_role_permissions_that_make_no_sense_deny(plant: Target) -> None:
    """A broken configuration grants nothing (node-opcua and Milo once failed open)."""
    await plant.server.set_role_permissions(plant.nodes["blob"], {Role.OPERATOR: Permission.Read})
    attributes = plant.server.iserver.aspace[plant.id("blob")].attributes
    for broken in (
        ua.Variant(None),
        ua.Variant("everything"),
        ua.Variant([1, 2], ua.VariantType.Int32),
        ua.Variant([], ua.VariantType.ExtensionObject, is_array=True),
    ):
        attributes[AttributeIds.RolePermissions].value = ua.DataValue(broken)
        async with plant.session() as client:
            assert await read_code(client, plant.id("blob")) == Code.BadUserAccessDenied
    del attributes[AttributeIds.RolePermissions]


async def test_access_restrictions_ask_for_a_safe_channel(plant: Target) -> None:
    """A node that requires encryption is not used over a channel without: BadSecurityModeInsufficient."""
    from asyncua.server.address_space import AttributeValue

    attributes = plant.server.iserver.aspace[plant.id("count")].attributes
    attributes[AttributeIds.AccessRestrictions] = AttributeValue(
        ua.DataValue(ua.Variant(0b10, ua.VariantType.UInt16))
    )
    try:
        async with plant.session() as client:
            node, wanted = plant.id("count"), Code.BadSecurityModeInsufficient
            assert await read_code(client, node) == wanted
            assert await read_code(client, node, AttributeIds.DisplayName) == wanted
            assert await write(client, node, int32(2)) == wanted
            assert (await browse(client, node)).StatusCode.value == wanted
    finally:
        del attributes[AttributeIds.AccessRestrictions]


async def test_other_peoples_sessions_are_shown_to_administrators_only() -> None:
    """Session diagnostics: refused to operators, complete for ConfigureAdmin."""
    diagnostics = node_id(
        ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionDiagnosticsArray
    )
    async with started("plant") as plant, plant.session() as client:
        assert await read_code(client, diagnostics) == Code.BadUserAccessDenied
    admin = AnonymousAuthenticator({Role.ANONYMOUS, Role.CONFIGURE_ADMIN})
    async with started("plant", authenticator=admin) as plant, plant.session() as client:
        for _ in range(3):
            await read(client, plant.id("speed"))
        entries = (await read(client, diagnostics)).Value.Value
        (own,) = [entry for entry in entries if entry.SessionId == client.session.session_id]
        assert own.SessionName == "adversary"
        assert own.ReadCount.TotalCount >= 3
        security = node_id(
            ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionSecurityDiagnosticsArray
        )
        (who,) = (await read(client, security)).Value.Value
        assert (who.SessionId, who.EncodingName) == (own.SessionId, "UA Binary")
