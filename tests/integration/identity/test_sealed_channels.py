"""Requests through signed and encrypted channels, before and after their keys are renewed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaError

from opcua_ml.config.server import AnonymousAccess, SecurityMode, SecurityPolicy
from opcua_ml.opcua.identity.channel_policies import POLICIES
from tests.integration.identity.site import opened_site, until, valid
from tests.unit.opcua.identity.authority import key, self_signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.patient_client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the one site."""
    return tmp_path_factory.mktemp("sealed")


async def test_channels_of_every_policy_and_mode_outlive_the_renewal_of_their_keys(folder: Path) -> None:
    """Small and large answers, one chunk and many, with the first keys and with later ones."""
    async with opened_site(folder, anonymous=AnonymousAccess.OPERATOR) as site:
        for policy in (policy for policy in SecurityPolicy if policy is not SecurityPolicy.NONE):
            for mode in SecurityMode:
                async with await site.client(policy=policy, mode=mode) as client:
                    for renewals in range(2):
                        for _ in range(3):
                            state = await client.nodes.server_state.read_value()
                            assert state == ua.ServerState.Running, (policy, mode, renewals)
                        status = client.get_node(ObjectIds.Server_ServerStatus)
                        many = [status] * 900  # some 200 kB
                        assert len(await client.read_values(many)) == len(many)
                        await client.open_secure_channel(renew=True)


def another_certificate(client: Client) -> None:
    """The name of somebody else, over our own signature."""
    client.security_policy.host_certificate = self_signed(key(1), valid("urn:plant:other")).der


def another_mode(client: Client) -> None:
    """Less than was asked for at first."""
    client.security_policy.Mode = ua.MessageSecurityMode.Sign


def another_policy(client: Client) -> None:
    """A header that tells of other algorithms than those that are used."""
    client.security_policy.URI = POLICIES[SecurityPolicy.AES256_SHA256_RSAPSS].URI


@pytest.mark.parametrize("otherwise", [another_certificate, another_mode, another_policy])
async def test_a_channel_is_renewed_as_it_was_opened(
    tmp_path: Path, otherwise: Callable[[Client], None]
) -> None:
    """Part 4, 5.5.2.1: by the same application, policy and mode; else the channel ends."""
    async with opened_site(tmp_path, anonymous=AnonymousAccess.OPERATOR) as site:
        client = await site.client()
        await client.connect()
        otherwise(client)
        with pytest.raises((ConnectionError, TimeoutError, UaError)):
            async with asyncio.timeout(20):
                await client.open_secure_channel(renew=True)
        await until(lambda: not site.server.iserver.asyncio_transports)
        client.disconnect_socket()
