"""From an empty folder to an encrypted prediction, by the commands that docs/security.md shows."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asyncua.client.client import Client
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.audit.verification import verify
from tests.integration.identity.site import PASSWORD, outcome, valid
from tests.integration.plc.bench import Plc
from tests.integration.service.hmi import Hmi, status
from tests.integration.service.processes import INPUTS, started
from tests.unit.opcua.identity.authority import Issued, key, self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.integration.service.processes import Command

HMI = "urn:test:hmi"
ROW = (1.0, 6.0, 1450.0, 60.0, 9.0, 80.0)


async def command(*arguments: str, told: str = "") -> str:
    """Run one of our commands to its good end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opcua_ml", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate(told.encode())
    assert process.returncode == 0, err.decode()
    return out.decode()


async def accepted(pki: Path, peer: Issued) -> None:
    """Find the peer among the rejected, and accept it."""
    listed = json.loads(await command("trust", "list", "--pki", str(pki), "--output", "json"))
    (waiting,) = [one for one in listed if one["state"] == "rejected"]
    file = pki / "rejected" / f"{waiting['sha256']}.der"
    assert file.read_bytes() == peer.der
    await command("trust", "accept", waiting["sha256"][:12], "--pki", str(pki))


async def secured(endpoint: str, peer: Issued, folder: Path, user: str, password: str = PASSWORD) -> Client:
    """A client of the strongest policy, with its own certificate, that logs in by password."""
    client = Client(endpoint, timeout=10)
    client.application_uri = HMI
    (folder / "hmi.der").write_bytes(peer.der)
    (folder / "hmi.pem").write_bytes(peer.key_pem)
    await client.set_security(SecurityPolicyAes256Sha256RsaPss, folder / "hmi.der", folder / "hmi.pem")
    client.set_user(user)
    client.set_password(password)
    return client


async def predict(client: Client) -> list[object]:
    """Call the model's Predict."""
    hmi = Hmi(client, await client.get_namespace_index("urn:test:site"))
    model = client.get_node(hmi.node_id("flow"))
    found = await model.call_method(hmi.node_id("flow.Predict"), *ROW)
    return list(found)


@asynccontextmanager
async def serving(folder: Path, *lines: str) -> AsyncIterator[tuple[Command, str]]:
    """A service whose file says nothing of security; its log is collected."""
    file = folder / "plant.toml"
    own = ('[server]\nendpoint = "opc.tcp://127.0.0.1:0/opcua-ml"', 'namespace_uri = "urn:test:site"')
    file.write_text("\n".join([*own, *lines, '[models.flow]\npackage = "pump_flow"']), encoding="utf-8")
    async with started("serve", str(file)) as service:
        yield service, service.first_line


async def test_a_client_comes_in_by_the_documented_steps_and_by_no_others(tmp_path: Path) -> None:
    """Serve, add users, be refused, be accepted, predict encrypted as Operator; an Observer may only look."""
    peer = self_signed(key(60), valid(HMI))
    async with serving(tmp_path) as (service, endpoint):
        plain = Client(endpoint, timeout=10)
        assert await outcome(plain) == StatusCodes.BadSecurityModeRejected
        for name, role in (("anna", "Operator"), ("otto", "Observer")):
            users = ("--users", str(tmp_path / "users.toml"))
            await command("user", "add", name, "--role", role, *users, told=f"{PASSWORD}\n")
        refused = await outcome(await secured(endpoint, peer, tmp_path, "anna"))
        assert refused == StatusCodes.BadSecurityChecksFailed
        await accepted(tmp_path / "pki", peer)
        wrong = await secured(endpoint, peer, tmp_path, "anna", PASSWORD + "x")
        assert await outcome(wrong) == StatusCodes.BadUserAccessDenied
        async with await secured(endpoint, peer, tmp_path, "anna") as anna:
            assert isinstance((await predict(anna))[0], float)
        async with await secured(endpoint, peer, tmp_path, "otto") as otto:
            assert await otto.get_node("i=2267").read_value() == 255
            with pytest.raises(UaStatusCodeError) as denied:
                await predict(otto)
            assert denied.value.code == StatusCodes.BadUserAccessDenied
        code, _, log = await service.end()
    assert code == 0
    (first,) = [line for line in log.splitlines() if "no client can connect yet" in line]
    assert "opcua-ml user add" in first
    assert "opcua-ml trust accept" in first
    events = audited(tmp_path / "audit")
    assert ("AuditCertificateUntrusted", False, "") in events
    assert ("AuditActivateSession", True, "anna") in events
    assert ("AuditActivateSession", False, "anna") in events
    assert ("AuditUpdateMethod", False, "otto") in events
    assert PASSWORD not in (tmp_path / "audit" / "audit.log").read_text()


def audited(folder: Path) -> list[tuple[str, bool, str]]:
    """Event, success and user of each line of a log that is whole."""
    verify(folder)
    lines = [json.loads(line) for line in (folder / "audit.log").read_text().splitlines()]
    return [(line["event"], line["ok"], line.get("user", "")) for line in lines]


OPEN = ('[server.security]\npolicies = ["None"]\nanonymous = "observer"',)


async def test_a_plc_is_read_encrypted_once_it_is_accepted(tmp_path: Path) -> None:
    """It lands among the rejected, its reason has the command; accepted, its tags turn Good by themselves."""
    shown = self_signed(key(61), valid("urn:test:plc", name="plc"))
    (tmp_path / "plc.der").write_bytes(shown.der)
    (tmp_path / "plc.pem").write_bytes(shown.key_pem)
    plc = Plc(
        policies=["Basic256Sha256_SignAndEncrypt"],
        certificate=str(tmp_path / "plc.der"),
        private_key=str(tmp_path / "plc.pem"),
        application_uri="urn:test:plc",
        nodes=[{"name": name, "value": value} for name, value in zip(INPUTS, ROW, strict=True)],
    )
    plc.start()
    tags = [f'[plcs.pump]\nendpoint = "{plc.endpoint}"', f'namespace_uri = "{plc.options["namespaces"][-1]}"']
    inputs = ["[models.flow.inputs]", *(f'{name} = "pump:s={name}"' for name in INPUTS)]
    try:
        async with serving_and_fed(tmp_path, tags, inputs) as hmi:
            told = "MachineLearning.Sources.pump.LastError"
            await hmi.until(told, lambda value: "opcua-ml trust accept" in str(value.Value))
            await hmi.until("MachineLearning.Problems", lambda value: "PLC pump is" in str(value.Value))
            assert await level(hmi) < 200
            await accepted(tmp_path / "pki", shown)
            await hmi.until_good("flow.Outputs.flow")
            await until_level(hmi, lambda found: found == 255)
            assert await hmi.text("MachineLearning.Problems") == "[]"
    finally:
        plc.close()


@asynccontextmanager
async def serving_and_fed(folder: Path, tags: list[str], inputs: list[str]) -> AsyncIterator[Hmi]:
    """A service fed by a PLC, and a client that looks at it."""
    file = folder / "plant.toml"
    own = ('[server]\nendpoint = "opc.tcp://127.0.0.1:0/opcua-ml"', 'namespace_uri = "urn:test:site"')
    model = '[models.flow]\npackage = "pump_flow"'
    file.write_text("\n".join([*own, *OPEN, *tags, model, *inputs]), encoding="utf-8")
    async with started("serve", str(file)) as service, Client(service.first_line) as client:
        yield Hmi(client, await client.get_namespace_index("urn:test:site"))


async def level(hmi: Hmi) -> int:
    """ServiceLevel."""
    found = await hmi.client.get_node("i=2267").read_data_value()
    assert status(found) == 0
    assert found.Value is not None
    return int(found.Value.Value)


async def until_level(hmi: Hmi, wanted: Callable[[int], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(10):
        while not wanted(await level(hmi)):  # noqa: ASYNC110 - a server's state
            await asyncio.sleep(0.02)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
async def test_an_audit_log_that_cannot_be_written_lowers_the_service_level(tmp_path: Path) -> None:
    """Clients see that, and why in words without a path; written again, all is well again."""
    folder = tmp_path / "audit"
    async with serving(tmp_path, *OPEN) as (_, endpoint), Client(endpoint) as client:
        hmi = Hmi(client, await client.get_namespace_index("urn:test:site"))
        await until_level(hmi, lambda found: found == 255)
        shutil.rmtree(folder)
        folder.write_bytes(b"")  # a file where the folder was: the head can't be written
        async with Client(endpoint):
            pass
        await until_level(hmi, lambda found: found == 2 + 197 // 2)
        assert await hmi.text("MachineLearning.Problems") == '["the audit log can\'t be written"]'
        folder.unlink()
        folder.mkdir()
        async with Client(endpoint):
            pass
        await until_level(hmi, lambda found: found == 255)


async def test_two_services_do_not_write_one_audit_log(tmp_path: Path) -> None:
    """The second one says so and ends; it could have broken the chain of the first."""
    async with serving(tmp_path, *OPEN):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "opcua_ml", "serve", str(tmp_path / "plant.toml")),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ},
        )
        async with asyncio.timeout(60):
            _, err = await process.communicate()
        assert process.returncode == 1
        assert "another service writes this audit log" in err.decode()
        assert "Traceback" not in err.decode()
