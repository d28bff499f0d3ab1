"""From an empty folder to an encrypted prediction, by the commands that docs/security.md shows."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import sys
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.audit.verification import verify
from tests.documentation.blocks import ROOT, blocks_of
from tests.integration.identity.site import PASSWORD, outcome, valid
from tests.integration.plc.bench import Plc
from tests.integration.service.hmi import Hmi, status
from tests.integration.service.processes import INPUTS, started
from tests.patient_client import Client
from tests.unit.opcua.identity.authority import Issued, key, self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.integration.service.processes import Command

HMI = "urn:example:hmi"
ROW = (-0.01, 2.3, 2520.0, 31.0, 8.9, 70.0)
PAGE = ROOT / "docs" / "security.md"


class Steps:
    """What «The first connection» of docs/security.md shows, as a reader follows it in an empty folder."""

    def __init__(self, folder: Path) -> None:
        text = PAGE.read_text(encoding="utf-8")
        chapter = text.partition("## The first connection\n")[2].partition("\n## ")[0]
        blocks = list(blocks_of(PAGE, chapter))
        self.folder = folder
        self.commands = [one for block in blocks if block.language == "console" for one in block.commands]
        (self._configuration,) = (block.text for block in blocks if block.language == "toml")
        (self._client,) = (block.text for block in blocks if block.language == "python")

    def write_configuration(self) -> None:
        """As shown, but for the port: the usual one may be taken on this machine."""
        assert self._configuration.count(":4840") == 1
        text = self._configuration.replace(":4840", ":0")
        (self.folder / "plant.toml").write_text(text, encoding="utf-8")

    async def run(self, wanted: str, *, told: str = "", **changed: str) -> str:
        """Run the one command that begins so, with what differs each time changed; what it printed."""
        (shown,) = [one for one in self.commands if one.startswith(f"opcua-ml {wanted}")]
        for old, new in changed.items():
            assert old in shown
            shown = shown.replace(old, new)
        return await command(*shlex.split(shown)[1:], told=told, folder=self.folder)

    async def connect(self, endpoint: str, user: str, password: str = PASSWORD) -> tuple[int, str, str]:
        """Run the shown client; its exit code, and what it printed and complained of."""
        assert self._client.count("opc.tcp://127.0.0.1:4840/opcua-ml") == 1
        script = self._client.replace("opc.tcp://127.0.0.1:4840/opcua-ml", endpoint)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HMI_USER": user, "HMI_PASSWORD": password},
            cwd=self.folder,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


async def command(*arguments: str, told: str = "", folder: Path | None = None) -> str:
    """Run one of our commands to its good end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opcua_ml", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
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


@asynccontextmanager
async def serving(folder: Path, *lines: str) -> AsyncIterator[tuple[Command, str]]:
    """A service whose file says nothing of security; its log is collected."""
    file = folder / "plant.toml"
    own = ('[server]\nendpoint = "opc.tcp://127.0.0.1:0/opcua-ml"', 'namespace_uri = "urn:test:site"')
    file.write_text("\n".join([*own, *lines, '[models.flow]\npackage = "pump_flow"']), encoding="utf-8")
    async with started("serve", str(file)) as service:
        yield service, service.first_line


async def test_the_documented_steps_let_a_client_in_and_no_others(tmp_path: Path) -> None:
    """Refused, accepted, then encrypted: an Operator predicts; an Observer and a wrong password do not."""
    steps, peer = Steps(tmp_path), self_signed(key(60), valid(HMI))
    (tmp_path / "hmi.der").write_bytes(peer.der)
    (tmp_path / "hmi.pem").write_bytes(peer.key_pem)
    steps.write_configuration()
    assert "To do: nobody can log in yet: opcua-ml user add" in await steps.run("check")
    assert "opcua-ml serve plant.toml" in steps.commands
    async with started("serve", str(tmp_path / "plant.toml")) as service:
        endpoint = service.first_line
        assert await outcome(Client(endpoint, timeout=10)) == StatusCodes.BadSecurityModeRejected
        for name in ("anna", "otto"):
            await steps.run(f"user add {name}", told=f"{PASSWORD}\n")
        code, _, complaint = await steps.connect(endpoint, "anna")
        assert code != 0
        assert "BadSecurityChecksFailed" in complaint
        thumbprint = hashlib.sha256(peer.der).hexdigest()
        assert thumbprint[:12] in await steps.run("trust list")
        await steps.run("trust accept", **{"3fa19c02": thumbprint[:8]})
        code, printed, complaint = await steps.connect(endpoint, "anna")
        assert code == 0, complaint
        assert 0 < float(printed.strip("[]\n").split(",")[0]) < 200, "m³/h"
        for name, password in (("otto", PASSWORD), ("anna", PASSWORD + "x")):
            code, printed, complaint = await steps.connect(endpoint, name, password)
            assert (code != 0, printed) == (True, "")
            assert "BadUserAccessDenied" in complaint
        code, _, log = await service.end()
    assert code == 0
    (first,) = [line for line in log.splitlines() if "no client can connect yet" in line]
    assert "opcua-ml user add" in first
    assert "opcua-ml trust accept" in first
    assert "whole: " in await steps.run("audit verify")
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
        for number in count():
            folder.rename(tmp_path / f"set aside {number}")
            with suppress(IsADirectoryError):  # the service has made it again, to write what came just now
                folder.write_bytes(b"")  # a file where the folder was: the head can't be written
                break
        async with Client(endpoint):
            pass
        await until_level(hmi, lambda found: found == 2 + 197 // 2)
        assert await hmi.text("MachineLearning.Problems") == '["the audit log can\'t be written"]'
        folder.unlink()
        folder.mkdir(exist_ok=True)
        async with Client(endpoint):
            pass
        await until_level(hmi, lambda found: found == 255)


async def test_two_services_do_not_write_one_audit_log(tmp_path: Path) -> None:
    """The second one says so and ends; it could have broken the chain of the first."""
    async with serving(tmp_path, *OPEN):
        text, second = (tmp_path / "plant.toml").read_text(encoding="utf-8"), tmp_path / "second.toml"
        second.write_text(text.replace("[server]", '[server]\nstate = "second"', 1), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "opcua_ml", "serve", str(second)),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ},
        )
        async with asyncio.timeout(60):
            _, err = await process.communicate()
        assert process.returncode == 1
        assert "another service writes this audit log" in err.decode()
        assert "Traceback" not in err.decode()
