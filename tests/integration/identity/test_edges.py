"""Certificates at asyncua's plain server and ours: whom nobody trusts does not come in.

Source: OPC UA Part 4, 6.1.3.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.server.server import Server
from asyncua.ua.status_codes import StatusCodes

from tests.integration.identity.site import opened_site, outcome, valid
from tests.patient_client import Client
from tests.unit.opcua.identity.authority import key, self_signed

if TYPE_CHECKING:
    from pathlib import Path

STRANGERS = {
    "unknown": self_signed(key(61), valid()),
    "expired": self_signed(key(20), valid(valid_to=datetime.now(UTC) - timedelta(hours=1))),
    "another application": self_signed(key(20), valid("urn:somebody:else")),
}


REFUSED = {
    "unknown": StatusCodes.BadSecurityChecksFailed,
    "expired": StatusCodes.BadCertificateTimeInvalid,
    "another application": StatusCodes.BadCertificateUriInvalid,
}
"""What a client may be told (Part 4, 6.1.3)."""


async def plain_server(folder: Path) -> Server:
    """asyncua's, with a certificate and one secure endpoint."""
    own = self_signed(key(60), valid("urn:plain:server"))
    (folder / "own.der").write_bytes(own.der)
    (folder / "own.pem").write_bytes(own.key_pem)
    server = Server()
    await server.init()
    await server.set_application_uri("urn:plain:server")
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    await server.load_certificate(str(folder / "own.der"))
    await server.load_private_key(str(folder / "own.pem"))
    return server


@pytest.mark.filterwarnings("ignore")
async def test_plain_asyncua_asks_no_application_for_trust(tmp_path: Path) -> None:
    """Validation is off by default: every one of these comes in."""
    server: Any = await plain_server(tmp_path)
    async with server:
        for shown in STRANGERS.values():
            (tmp_path / "hmi.der").write_bytes(shown.der)
            (tmp_path / "hmi.pem").write_bytes(shown.key_pem)
            client = Client(f"opc.tcp://127.0.0.1:{server.bserver.port}")
            client.application_uri = "urn:plant:hmi"
            await client.set_security(
                SecurityPolicyBasic256Sha256,
                str(tmp_path / "hmi.der"),
                str(tmp_path / "hmi.pem"),
                server_certificate=str(tmp_path / "own.der"),
            )
            assert await outcome(client) == 0


@pytest.mark.filterwarnings("ignore")
async def test_here_none_of_them_comes_in(tmp_path: Path) -> None:
    """The unknown one is not trusted; the others would not pass if they were."""
    async with opened_site(tmp_path) as site:
        for stranger, shown in STRANGERS.items():
            if stranger != "unknown":
                site.trust(shown)
            client = await site.user_client("anna", peer=shown)
            assert await outcome(client) == REFUSED[stranger]
            assert not len(site.server.iserver.sessions)
