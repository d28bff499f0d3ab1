"""Each session has its diagnostics object: complete by its type, true, seen by administrators, gone with it.

Source: OPC UA Part 5, 6.3.5 (SessionDiagnosticsObjectType), 12.11, 12.12 and 12.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import AnonymousAuthenticator, Identity, Role
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import browse, read, read_code, refused
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until

if TYPE_CHECKING:
    from opcua_ml.opcua.trust import Login
    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
SUMMARY = node_id(ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary)
SUBSCRIPTIONS = node_id(ObjectIds.Server_ServerDiagnostics_SubscriptionDiagnosticsArray)
COUNTS = node_id(ObjectIds.Server_ServerDiagnostics_ServerDiagnosticsSummary)
AGGREGATES = node_id(ObjectIds.Aggregates)


class ByName(AnonymousAuthenticator):
    """Whoever gives the name of an administrator is one; others observe."""

    async def authenticate(self, login: Login) -> Identity:
        """The user."""
        name = getattr(login.token, "UserName", "") or "anybody"
        role = {"admin": Role.SECURITY_ADMIN}.get(name, Role.OBSERVER)
        return Identity(name, frozenset({role}), ua.UserTokenType.UserName)


async def admitted(client: RawClient, name: str) -> None:
    """Give the connection a session of this user."""
    await client.create_session()
    await client.activate_session(identity=ua.UserNameIdentityToken(UserName=name))


async def children(client: RawClient, node: ua.NodeId) -> dict[str, ua.ReferenceDescription]:
    """What a node is made of, by BrowseName."""
    found = (await browse(client, node, ReferenceTypeId=AGGREGATES)).References
    return {reference.BrowseName.Name: reference for reference in found}


async def sessions(client: RawClient) -> dict[ua.NodeId, ua.ReferenceDescription]:
    """The diagnostics objects, by NodeId."""
    return {
        one.NodeId: one
        for one in (await children(client, SUMMARY)).values()
        if one.NodeClass == ua.NodeClass.Object
    }


async def test_a_session_is_shown_whole_as_its_type_says() -> None:
    """Every component that the type declares, each with a value of its DataType, equal to the whole's."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        await admitted(client, "admin")
        assert client.session is not None
        own = (await sessions(client))[client.session.session_id]
        assert own.TypeDefinition.Identifier == ObjectIds.SessionDiagnosticsObjectType
        parts = await children(client, own.NodeId)
        assert set(parts) == {
            "SessionDiagnostics",
            "SessionSecurityDiagnostics",
            "SubscriptionDiagnosticsArray",
        }
        for name in ("SessionDiagnostics", "SessionSecurityDiagnostics"):
            declared = node_id(getattr(ObjectIds, f"SessionDiagnosticsObjectType_{name}"))
            shown = await children(client, parts[name].NodeId)
            assert set(shown) == set(await children(client, declared))
            assert len(shown) >= 9
            for field in shown.values():
                value = await read(client, field.NodeId)
                assert value.StatusCode is None or value.StatusCode.is_good(), field.BrowseName
                assert value.Value.VariantType != ua.VariantType.Null
        fields = await children(client, parts["SessionDiagnostics"].NodeId)
        assert (await read(client, fields["SessionName"].NodeId)).Value.Value == "adversary"
        whole = (await read(client, parts["SessionDiagnostics"].NodeId)).Value.Value
        assert whole.BrowseCount.TotalCount >= 4
        single = (await read(client, fields["BrowseCount"].NodeId)).Value.Value
        assert single.TotalCount == whole.BrowseCount.TotalCount
        user = (await children(client, parts["SessionSecurityDiagnostics"].NodeId))["ClientUserIdOfSession"]
        assert (await read(client, user.NodeId)).Value.Value == "admin"


async def test_sessions_are_shown_to_administrators_alone_and_only_while_they_last() -> None:
    """Another user neither browses nor reads them, guessed NodeIds included; an ended one is unknown."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as admin:
        await admitted(admin, "admin")
        async with plant.channel() as client, plant.channel() as waiting:
            await admitted(client, "observer")
            await waiting.create_session()
            assert client.session is not None
            own = client.session.session_id
            assert not await sessions(client)
            assert await read_code(client, own, AttributeIds.DisplayName) == Code.BadUserAccessDenied
            part = (await children(admin, own))["SessionDiagnostics"].NodeId
            assert await read_code(client, part) == Code.BadUserAccessDenied
            assert await read_code(admin, part) == Code.Good
            assert waiting.session is not None
            assert waiting.session.session_id not in await sessions(admin)
            assert await read_code(admin, waiting.session.session_id, 4) == Code.BadNodeIdUnknown
            await client.call(ua.CloseSessionRequest())
        await until(lambda: len(plant.server.iserver.sessions) <= 2)
        assert own not in await sessions(admin)
        assert await read_code(admin, own, AttributeIds.DisplayName) == Code.BadNodeIdUnknown
        assert await read_code(admin, part) == Code.BadNodeIdUnknown


async def test_nodes_of_sessions_cost_nothing_until_somebody_looks(plant: Target) -> None:
    """And are forgotten with the session: the address space is as large as before."""
    space = plant.server.iserver.aspace
    before = len(space.nodes())
    async with plant.session() as one, plant.session():
        assert len(space.nodes()) == before
        assert one.session is not None
        assert space.get(one.session.session_id) is not None
        assert len(space.nodes()) == before + 1
        await one.call(ua.CloseSessionRequest())
    assert len(space.nodes()) == before
    for guessed in (
        node_id("SessionDiagnostics/x/y", 1),
        node_id("SessionDiagnostics/", 1),
        node_id("SessionDiagnostics//SessionDiagnostics/../..", 1),
        node_id(b"SessionDiagnostics", 1),
        ua.NodeId(one.session.session_id.Identifier, ua.Int16(1)),
    ):
        assert space.get(guessed) is None


async def test_the_diagnostics_of_a_subscription_are_true() -> None:
    """Its requests, messages, changes, transfers and losses, each counted once."""
    async with started("plant", authenticator=ByName()) as plant, plant.channel() as client:
        await admitted(client, "admin")
        subscriber = await Subscriber.create(client)
        assert client.session is not None
        place = client.session.session_id

        async def shown() -> Any:
            (found,) = (await read(client, SUBSCRIPTIONS)).Value.Value
            part = (await children(client, place))["SubscriptionDiagnosticsArray"]
            (own,) = (await read(client, part.NodeId)).Value.Value
            assert own.SubscriptionId == found.SubscriptionId == subscriber.id
            return found

        await subscriber.monitor(plant.id("speed"))
        await subscriber.values(1)
        for enabled in (False, True, False, True):
            request = ua.SetPublishingModeRequest()
            request.Parameters.PublishingEnabled = enabled
            request.Parameters.SubscriptionIds = [subscriber.id]
            await client.call(request)
        modify = ua.ModifySubscriptionRequest()
        modify.Parameters.SubscriptionId = subscriber.id
        modify.Parameters.RequestedPublishingInterval = 30.0
        await client.call(modify)
        republish = ua.RepublishRequest()
        republish.Parameters.SubscriptionId = subscriber.id
        for number in (1, 4711):
            republish.Parameters.RetransmitSequenceNumber = number
            kept = Code.Good if number == 1 else Code.BadMessageNotAvailable
            assert await refused(client, republish) == kept
        found = await shown()
        assert (found.EnableCount, found.DisableCount, found.ModifyCount) == (2, 2, 1)
        assert (found.RepublishRequestCount, found.RepublishMessageCount) == (2, 1)
        assert (found.PublishRequestCount, found.DataChangeNotificationsCount) == (1, 1)
        assert (found.UnacknowledgedMessageCount, found.NextSequenceNumber) == (1, 2)
        assert (found.MonitoredItemCount, found.DisabledMonitoredItemCount) == (1, 0)


async def test_refused_sessions_are_counted_by_why(plant: Target) -> None:
    """A wrong signature or token is a matter of security, too many sessions is not."""
    summary = plant.server.iserver.sessions
    before = summary.rejected, summary.security_rejected
    async with plant.session() as client:
        with pytest.raises(ServiceFaulted):
            await client.activate_session(identity=ua.UserNameIdentityToken(UserName="nobody"))
        counts = (await read(client, COUNTS)).Value.Value
    assert counts.RejectedSessionCount == before[0] + 1
    assert counts.SecurityRejectedSessionCount == before[1] + 1


async def test_diagnostics_are_on_and_say_so(plant: Target) -> None:
    """EnabledFlag is true; nobody turns it off."""
    flag = node_id(ObjectIds.Server_ServerDiagnostics_EnabledFlag)
    async with plant.session() as client:
        assert (await read(client, flag)).Value.Value is True
        assert (await read(client, flag, AttributeIds.AccessLevel)).Value.Value == 1
