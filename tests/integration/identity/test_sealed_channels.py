"""Requests through signed and encrypted channels, before and after their keys are renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.config.server import AnonymousAccess, SecurityMode, SecurityPolicy
from tests.integration.identity.site import opened_site

if TYPE_CHECKING:
    from pathlib import Path

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
