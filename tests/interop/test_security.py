"""The service's ways in, tried by a client of another stack: closed unless somebody opens them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.integration.service.processes import started
from tests.interop.node_process import NodeError, NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECURE = ("Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss")
CONFIGURATION = """
[server]
endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
namespace_uri = "urn:test:site"
[server.security]
anonymous = "operator"
[models.flow]
package = "pump_flow"
"""


async def opcua_ml(*arguments: str) -> str:
    """What a command prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opcua_ml", *arguments), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Path]]:
    """A service that is as secure as it is without a word; its endpoint and its folder."""
    folder = tmp_path_factory.mktemp("secure")
    file = folder / "plant.toml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    async with started("serve", str(file)) as service:
        yield service.first_line, folder


@pytest_asyncio.fixture(loop_scope="session")
async def asked(site: tuple[str, Path], certificates: Path) -> dict[str, Any]:
    """Where and with which certificate to connect."""
    return {"endpoint": site[0], "folder": str(certificates)}


async def test_only_secure_endpoints_are_offered(ua_client: NodeProcess, asked: dict[str, Any]) -> None:
    """Each policy in each mode, and None in none."""
    offered = await ua_client.request("endpoints", **asked)
    found = {(one["policy"], one["mode"]) for one in offered}
    assert found == {(policy, mode) for policy in SECURE for mode in ("Sign", "SignAndEncrypt")}


async def test_a_session_without_security_is_refused(ua_client: NodeProcess, asked: dict[str, Any]) -> None:
    """Though channels without security are open to those who ask for endpoints."""
    with pytest.raises(NodeError):
        await ua_client.request("connect", **asked)


async def test_an_unknown_application_is_let_in_by_the_administrator_alone(
    ua_client: NodeProcess, asked: dict[str, Any], site: tuple[str, Path]
) -> None:
    """It lands among the rejected, is accepted by command while the service runs, and then may call."""
    pki = str(site[1] / "pki")
    with pytest.raises(NodeError):
        await ua_client.request("connect", policy=SECURE[0], mode="SignAndEncrypt", **asked)
    listed = json.loads(await opcua_ml("trust", "list", "--pki", pki, "--output", "json"))
    (rejected,) = [one for one in listed if one["state"] == "rejected"]
    await opcua_ml("trust", "accept", rejected["sha256"], "--pki", pki)
    for policy in SECURE:
        for mode in ("Sign", "SignAndEncrypt"):
            await ua_client.request("connect", policy=policy, mode=mode, **asked)
            (version,) = await ua_client.request(
                "read", nodes=["nsu=urn:test:site;s=flow.Identification.ActiveVersion"]
            )
            assert version["value"] == "1.0.0"
            await ua_client.request("disconnect")
