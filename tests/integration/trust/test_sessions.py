"""Sessions belong to the client that made them: tokens, channels, states, caps.

Source: OPC UA Part 4, 5.6.
"""

from __future__ import annotations

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import POLICY_NONE, RawSession, ServerClosed, ServiceFaulted
from tests.integration.trust.requests import read_request as read
from tests.integration.trust.requests import refused
from tests.integration.trust.subscriber import Subscriber
from tests.integration.trust.target import Target, started, until, weak_in_asyncua

pytestmark = pytest.mark.asyncio(loop_scope="module")
ID_INVALID = StatusCodes.BadSessionIdInvalid


@weak_in_asyncua
async def test_tokens_can_not_be_guessed(target: Target) -> None:
    """Two tokens are 32 random bytes each, and neither is a session id."""
    async with target.channel() as first, target.channel() as second:
        one, two = await first.create_session(), await second.create_session()
    for session in (one, two):
        assert isinstance(session.token.Identifier, bytes)
        assert len(session.token.Identifier) == 32
    assert len({one.token, two.token, one.session_id, two.session_id}) == 4


@weak_in_asyncua
async def test_a_request_with_a_wrong_token_is_refused(target: Target) -> None:
    """An activated connection does not vouch for a token that is not its session's."""
    async with target.session() as client:
        request = read(target.id("speed"))
        assert await refused(client, request, node_id(1, 0)) == ID_INVALID
        assert await refused(client, request, node_id(bytes(32), 0)) == ID_INVALID
        assert await refused(client, request) == 0


@weak_in_asyncua
async def test_a_foreign_token_is_worth_nothing_on_another_channel(target: Target) -> None:
    """A stolen token serves neither requests nor a closing on the thief's channel."""
    async with target.session() as victim, target.session() as thief:
        assert victim.session is not None
        stolen = victim.session.token
        assert await refused(thief, read(target.id("speed")), stolen) == ID_INVALID
        assert await refused(thief, ua.CloseSessionRequest(), stolen) == ID_INVALID
        assert await refused(victim, read(target.id("speed"))) == 0


@weak_in_asyncua
async def test_a_session_not_yet_activated_can_not_be_activated_elsewhere(target: Target) -> None:
    """The first activation has to come by the channel of CreateSession (Part 4, 5.6.3.1)."""
    async with target.channel() as victim, target.channel() as thief:
        session = await victim.create_session()
        thief.session = RawSession(session.token, session.session_id)
        with pytest.raises(ServiceFaulted) as fault:
            await thief.activate_session()
        assert fault.value.code == ID_INVALID


async def test_a_client_may_take_its_session_to_a_new_channel(plant: Target) -> None:
    """After a lost connection the same client, from the same address, goes on with its session."""
    async with plant.session() as client:
        session = client.session
    async with plant.channel() as again:
        again.session = session
        await again.activate_session()
        assert await refused(again, read(plant.id("speed"))) == 0


async def test_a_session_that_moved_is_no_longer_served_on_its_old_channel(plant: Target) -> None:
    """Only the newest channel counts."""
    async with plant.session() as old, plant.channel() as new:
        new.session = old.session
        await new.activate_session()
        assert await refused(old, read(plant.id("speed"))) == ID_INVALID
        assert await refused(new, read(plant.id("speed"))) == 0


@weak_in_asyncua
async def test_services_before_activation_are_refused_and_end_the_session(target: Target) -> None:
    """Part 4, 5.6.2.1: a service before ActivateSession closes the session."""
    async with target.channel() as client:
        await client.create_session()
        assert await refused(client, read(target.id("speed"))) == StatusCodes.BadSessionNotActivated
        with pytest.raises(ServiceFaulted) as fault:
            await client.activate_session()
        assert fault.value.code == ID_INVALID


@pytest.mark.parametrize(
    "name", ["Read", "Write", "Browse", "Call", "CreateSubscription", "Publish", "HistoryRead"]
)
async def test_no_service_without_a_session(plant: Target, name: str) -> None:
    """A channel alone serves discovery and nothing else."""
    async with plant.channel() as client:
        assert await refused(client, getattr(ua, f"{name}Request")()) == ID_INVALID


@pytest.mark.parametrize(
    "name",
    [
        *("RegisterServer", "RegisterServer2", "QueryFirst", "QueryNext", "AddNodes", "DeleteNodes"),
        *("AddReferences", "DeleteReferences", "HistoryUpdate"),
    ],
)
async def test_what_is_not_offered_says_so(plant: Target, name: str) -> None:
    """Services outside of the table are BadServiceUnsupported."""
    async with plant.session() as client:
        assert await refused(client, getattr(ua, f"{name}Request")()) == StatusCodes.BadServiceUnsupported


@weak_in_asyncua
async def test_nobody_registers_a_server_without_a_session(target: Target) -> None:
    """FindServers never tells of a URL that a stranger brought."""
    async with target.channel() as client:
        request = ua.RegisterServerRequest()
        request.Server.ServerUri = "urn:evil"
        request.Server.ServerNames = [ua.LocalizedText("evil")]
        request.Server.DiscoveryUrls = ["opc.tcp://evil:4840"]
        assert await refused(client, request)
        found = (await client.call(ua.FindServersRequest())).Servers
        assert "urn:evil" not in {server.ApplicationUri for server in found}


async def test_a_closed_session_is_gone(plant: Target) -> None:
    """After CloseSession the token is worth nothing."""
    async with plant.session() as client:
        await client.call(ua.CloseSessionRequest())
        assert await refused(client, read(plant.id("speed"))) == ID_INVALID


@weak_in_asyncua
async def test_a_password_is_refused_where_there_are_no_users(target: Target) -> None:
    """Without a user database no name and no password is right."""
    async with target.channel() as client:
        await client.create_session()
        token = ua.UserNameIdentityToken(PolicyId="username", UserName="admin", Password=b"anything")
        with pytest.raises(ServiceFaulted) as fault:
            await client.activate_session(identity=token)
        assert fault.value.code == StatusCodes.BadIdentityTokenRejected


async def test_a_failed_activation_leaves_the_session_usable(plant: Target) -> None:
    """A wrong token is refused; the right one afterwards is not."""
    async with plant.channel() as client:
        await client.create_session()
        with pytest.raises(ServiceFaulted):
            await client.activate_session(identity=ua.UserNameIdentityToken(UserName="x", Password=b"y"))
        await client.activate_session()
        assert await refused(client, read(plant.id("speed"))) == 0


@pytest.mark.parametrize("asked", [0.0, -1.0, float("nan"), float("inf"), 1e300])
async def test_session_timeouts_are_revised_into_the_limits(plant: Target, asked: float) -> None:
    """Whatever a client asks for, it gets a timeout that will be kept."""
    async with plant.channel() as client:
        revised = (await client.create_session(asked)).result.RevisedSessionTimeout
        assert 10_000 <= revised <= 3_600_000


@weak_in_asyncua
async def test_two_sessions_share_a_channel(target: Target) -> None:
    """Sessions are told apart by their tokens, not by the connection."""
    async with target.session() as client:
        first = client.session
        await client.create_session()
        await client.activate_session()
        assert first is not None
        await client.call(ua.CloseSessionRequest(), token=first.token)
        assert await refused(client, read(target.id("speed"))) == 0
        assert await refused(client, read(target.id("speed")), first.token) == ID_INVALID


async def test_a_session_ends_when_its_client_is_silent() -> None:
    """The revised timeout is kept, and the session's place is free again."""
    limits = Limits(min_session_timeout_ms=100, max_session_timeout_ms=100)
    async with started("plant", limits) as plant, plant.session() as client:
        await until(lambda: not len(plant.server.iserver.sessions))
        assert await refused(client, read(plant.id("speed"))) == ID_INVALID


async def test_an_unactivated_session_gives_way_when_the_server_is_full() -> None:
    """Part 4, 5.6.2.1: who never activates does not keep others out, who did is not thrown out."""
    async with (
        started("plant", Limits(max_sessions=3)) as plant,
        plant.session() as honest,
        plant.channel() as idle,
        plant.channel() as late,
    ):
        for _ in range(10):
            await idle.create_session()
        await late.create_session()
        await late.activate_session()
        assert await refused(honest, read(plant.id("speed"))) == 0
        assert len(plant.server.iserver.sessions) <= 3


async def test_sessions_left_behind_give_way_to_one_that_is_about_to_be_activated() -> None:
    """Although they have subscriptions: who leaves them in all places keeps nobody from logging in."""
    async with (
        started("plant", Limits(max_sessions=4)) as plant,
        plant.channel() as late,
        plant.channel() as storm,
    ):
        for _ in range(3):
            async with plant.session() as passing:
                await Subscriber.create(passing, interval=60_000)
        await until(lambda: all(one.channel is None for one in plant.server.iserver.sessions))
        await late.create_session()
        for _ in range(3):
            await storm.create_session()
        await late.activate_session()
        assert await refused(late, read(plant.id("speed"))) == 0


async def test_more_sessions_than_allowed_are_refused() -> None:
    """The cap holds, with the code that the standard names."""
    async with (
        started("plant", Limits(max_sessions=2)) as plant,
        plant.session(),
        plant.session(),
        plant.channel() as third,
    ):
        with pytest.raises(ServiceFaulted) as fault:
            await third.create_session()
        assert fault.value.code == StatusCodes.BadTooManySessions


async def test_what_sessions_keep_of_a_client_is_bounded(plant: Target) -> None:
    """A description of megabytes would be kept as long as the session, whoever the client is."""
    request = ua.CreateSessionRequest()
    request.Parameters.ClientNonce = bytes(32)
    request.Parameters.ClientDescription.DiscoveryUrls = ["opc.tcp://" + "x" * 100_000]
    discovery = ua.GetEndpointsRequest()
    discovery.Parameters.LocaleIds = ["x" * 100_000]
    async with plant.channel() as client:
        for wanted in (request, discovery):
            with pytest.raises(ServiceFaulted) as fault:
                await client.call(wanted)
            assert fault.value.code == StatusCodes.BadRequestTooLarge
        discovery.Parameters.LocaleIds = []
        discovery.Parameters.EndpointUrl = "opc.tcp://" + "x" * 60_000
        (endpoint, *_) = (await client.call(discovery)).Endpoints
        assert len(endpoint.EndpointUrl) < 100


async def test_a_session_needs_an_endpoint_of_its_channel(plant: Target) -> None:
    """A channel without security serves discovery, but no session unless such an endpoint is offered."""
    offered = plant.server.iserver.endpoints
    held, offered[:] = list(offered), []
    try:
        async with plant.channel() as client:
            await client.call(ua.GetEndpointsRequest())
            with pytest.raises(ServiceFaulted) as fault:
                await client.create_session()
            assert fault.value.code == StatusCodes.BadSecurityModeRejected
    finally:
        offered[:] = held


async def test_an_unknown_policy_ends_the_connection(plant: Target) -> None:
    """OpenSecureChannel with a policy that no endpoint has."""
    async with plant.bare() as client:
        await client.hello()
        with pytest.raises(ServerClosed) as closed:
            await client.open_channel(policy=POLICY_NONE.replace("None", "Basic256Sha256"))
        assert closed.value.code == StatusCodes.BadSecurityPolicyRejected
