"""`opcua-ml deploy` and `opcua-ml versions` against a running service, over sealed channels."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from opcua_ml.domain.lifecycle import StepKind
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_administration import accept, stored_certificates
from opcua_ml.opcua.remote import service as remote
from opcua_ml.opcua.remote.connection import RemoteConnection
from opcua_ml.opcua.remote.failure import CallRefused, ConnectionLost, ServiceLost
from opcua_ml.service.versions.remote import connect, send
from tests.integration.plc.half_open import HalfOpenWay
from tests.integration.versions.site import PASSWORD, Plant, candidate, running

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.remote.service import RemoteService

POLICIES = '["None", "Basic256Sha256"]'


async def command(plant: Plant, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line, in the plant's folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "opcua_ml", *arguments),
        cwd=plant.folder,
        env={**os.environ, "OPCUA_ML_TO": plant.service.endpoint, "OPCUA_ML_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def accept_all(folder: Path) -> int:
    """Trust every application that was rejected; how many there were."""
    folders = PkiFolders(folder)
    waiting = [one.thumbprint for one in stored_certificates(folders) if one.trust.value == "rejected"]
    for thumbprint in waiting:
        accept(folders, thumbprint)
    return len(waiting)


async def test_a_package_goes_live_by_one_command_over_a_sealed_channel(tmp_path: Path) -> None:
    """Neither side believes the other until somebody says so; then upload, gates, probation, confirmation."""
    async with running(tmp_path, policies=POLICIES) as plant:
        package = candidate(tmp_path, "2.0.0", 2.0)
        deploy = ["deploy", str(package), "--user", "ann", "--promote", "--confirm-within", "60"]
        code, _, err = await command(plant, *deploy)
        assert (code, "opcua-ml trust accept" in err, "the service's certificate is refused" in err) == (
            1,
            True,
            True,
        )
        assert accept_all(tmp_path / "pki-engineer") == 1
        code, _, err = await command(plant, *deploy)
        (own,) = (tmp_path / "pki-engineer" / "own" / "certs").glob("*.der")
        what = "the service does not trust this program's certificate (BadSecurityChecksFailed); wanted"
        step = f"opcua-ml trust accept {parse_certificate(own.read_bytes()).thumbprint} --pki"
        assert (code, what in err, step in err, err.count("\n")) == (1, True, True, 1), err
        assert accept_all(tmp_path / "pki") == 1
        code, out, err = await command(plant, *deploy)
        assert (code, err) == (0, "")
        assert out.strip() == "sum 2.0.0: Probation"
        code, out, _ = await command(plant, "versions", "list", "--user", "ann")
        assert "to be confirmed" in out
        assert "sum 2.0.0: interface: passed" in out
        assert await plant.predict() == (pytest.approx(6.0), "2.0.0")
        code, out, err = await command(plant, "versions", "confirm", "sum", "2.0.0", "--user", "ann")
        assert (code, "sum 2.0.0: Active" in out) == (0, True), err
        code, out, _ = await command(plant, "versions", "list", "--user", "ann", "-o", "json")
        assert {one["version"]: one["state"] for one in json.loads(out)} == {
            "1.0.0": "Fallback",
            "2.0.0": "Active",
        }
        code, out, err = await command(plant, "versions", "promote", "sum", "9.0.0", "--user", "ann")
        assert (code, out, "BadNotFound" in err) == (1, "", True)


async def test_what_is_staged_already_is_not_sent_again(tmp_path: Path) -> None:
    """First staged, then promoted by the same command; who repeats it is told how things stand."""
    async with running(tmp_path, policies=POLICIES) as plant:
        package = candidate(tmp_path, "2.0.0", 2.0)
        deploy = ("deploy", str(package), "--user", "ann")
        await command(plant, *deploy)
        accept_all(tmp_path / "pki-engineer")
        await command(plant, *deploy)
        accept_all(tmp_path / "pki")
        for more, state in (
            ((), "Staged"),
            ((), "Staged"),
            (("--promote",), "Probation"),
            (("--promote",), "Probation"),
            ((), "Probation"),
        ):
            code, out, err = await command(plant, *deploy, *more)
            assert (code, out.strip(), err) == (0, f"sum 2.0.0: {state}", "")


async def test_who_or_what_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    """A wrong password, no user, no such model, and what is no endpoint."""
    (tmp_path / "wrong").write_text("not the password", encoding="utf-8")
    async with running(tmp_path, policies=POLICIES) as plant:
        for _ in range(2):
            await command(plant, "versions", "list", "--user", "ann")
            accept_all(tmp_path / "pki-engineer")
            accept_all(tmp_path / "pki")
        for arguments, wanted in (
            (("--user", "ann", "--password-file", "wrong"), "wrong user or password (Bad"),
            (("--user", "nobody"), "wrong user or password (Bad"),
            ((), "the service lets nobody in without a user (Bad"),
            (("--security", "None"), "wanted --user"),
            (("nix", "--user", "ann"), "there is no such model; found nix; wanted one of sum"),
            (
                ("--to", "127.0.0.1:58993"),
                "not an endpoint URL; found 127.0.0.1:58993; wanted opc.tcp://host",
            ),
            (
                ("--to", "opc.tcp://127.0.0.1"),
                "no usable port; found opc.tcp://127.0.0.1; wanted opc.tcp://host",
            ),
            (("--to", "opc.tcp://ann:secret@127.0.0.1:1"), "credentials don't belong in an endpoint URL"),
        ):
            code, out, err = await command(plant, "versions", "list", *arguments)
            assert (code, out, err.count("\n")) == (1, "", 1), err
            assert wanted in err
            assert "secret" not in err


def local(plant: Plant, *, port: int | None = None, **more: float) -> RemoteService:
    """The service, as a program on the same machine reaches it, or a way to it at another port."""
    endpoint = plant.service.endpoint if port is None else f"opc.tcp://127.0.0.1:{port}"
    return connect(
        endpoint,
        user="ann",
        password=PASSWORD,
        pki=plant.folder / "pki-engineer",
        security_policy="None",
        **more,  # type: ignore[arg-type]
    )


async def trusting(plant: Plant) -> None:
    """Believe the service's certificate, for which the password is encrypted."""
    with pytest.raises(Exception, match="trust accept"):
        async with local(plant):
            """Not reached."""
    accept_all(plant.folder / "pki-engineer")


async def test_every_method_has_its_way_from_python(tmp_path: Path) -> None:
    """Shadow, canary, promotion, rollback, pause; what is refused tells why."""
    async with running(tmp_path, model="latency_gate_ms = 50") as plant:
        await trusting(plant)
        async with local(plant) as service:
            await send(service, candidate(tmp_path, "2.0.0", 2.0))
            gates: tuple[str, ...] = ()
            for kind, state in (
                (StepKind.START_SHADOW, "Shadow"),
                (StepKind.START_CANARY, "Canary"),
                (StepKind.STAGE, "Staged"),
                (StepKind.PROMOTE, "Probation"),
                (StepKind.CONFIRM, "Active"),
            ):
                await service.manage(kind, "sum", "2.0.0", reason="a step")
                found = await service.version("sum", "2.0.0")
                assert found is not None
                assert (found.state, found.reason) == (state, "a step")
                assert bool(found.confirm_until) == (state == "Probation")
                gates = found.gates
            assert any(gate.startswith("latency: passed") for gate in gates)
            await service.manage(StepKind.PAUSE, "sum", reason="maintenance")
            assert [one.paused for one in await service.versions("sum")] == [False, True]
            await service.manage(StepKind.RESUME, "sum")
            await service.manage(StepKind.ROLLBACK, "sum", reason="no better")
            assert [one.state for one in await service.versions("sum")] == ["Active", "Rejected"]
            with pytest.raises(
                CallRefused, match=r"BadInvalidState.*found Rejected.*2\.0\.0 is Rejected; no better"
            ):
                await service.manage(StepKind.PROMOTE, "sum", "2.0.0")
            with pytest.raises(CallRefused, match=r"BadSecurityChecksFailed\): .*not signed"):
                await send(service, candidate(tmp_path, "3.0.0", 2.0, signed=False))


async def test_a_refusal_tells_the_whole_sentence_of_the_service_s_log(tmp_path: Path) -> None:
    """Which gate, what it found and what it wanted; of the upload and, with other gates, of Promote."""
    async with running(tmp_path, model="latency_gate_ms = 1e-6") as plant:
        await trusting(plant)
        async with local(plant) as service:
            whole = (
                r"^CloseAndCommit is refused \(BadConfigurationError\): sum 2\.0\.0: the version may not go "
                r"live; found latency: failed; p99 of .* ms, at most 1e-06 ms"
            )
            with pytest.raises(CallRefused, match=whole):
                await send(service, candidate(tmp_path, "2.0.0", 2.0))
            await service.manage(StepKind.STAGE, "sum", "2.0.0", reason="once more")
            with pytest.raises(CallRefused, match=whole.replace("CloseAndCommit", "Promote")):
                await service.manage(StepKind.PROMOTE, "sum", "2.0.0")


async def test_who_promotes_during_a_probation_is_told_of_it(tmp_path: Path) -> None:
    """The version that is promoted stands by as it should: another one is in the way."""
    async with running(tmp_path) as plant:
        await trusting(plant)
        async with local(plant) as service:
            await send(service, candidate(tmp_path, "2.0.0", 2.0), promote=True, confirm_within=60)
            await send(service, candidate(tmp_path, "3.0.0", 3.0))
            with pytest.raises(
                CallRefused, match=r"found 2\.0\.0 in probation; wanted Confirm or Rollback of that one"
            ):
                await service.manage(StepKind.PROMOTE, "sum", "3.0.0")
            with pytest.raises(CallRefused, match="found Probation"):
                await service.manage(StepKind.PROMOTE, "sum", "2.0.0")


async def test_an_upload_survives_a_lost_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on at the byte where it was; nothing is sent twice or left out."""
    monkeypatch.setattr(remote, "CHUNK", 500)
    async with running(tmp_path) as plant:
        await trusting(plant)
        package = candidate(tmp_path, "2.0.0", 2.0)
        told: list[int] = []

        port = urlsplit(plant.service.endpoint).port or 0
        async with HalfOpenWay(port) as way, local(plant, port=way.port) as service:

            def progress(done: int, _: int) -> None:
                told.append(done)
                if len(told) in (2, 4):
                    way.cut()

            async with asyncio.timeout(60):
                made = await send(service, package, progress=progress)
        assert made.state == "Staged"
        assert (told[0], told[-1]) == (0, package.stat().st_size)


async def test_another_package_of_the_version_is_not_told_as_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the commit is lost; what stands there under the version's name is somebody else's."""
    async with running(tmp_path) as plant:
        await trusting(plant)
        async with local(plant) as service:
            await send(service, candidate(tmp_path, "2.0.0", 2.0))
            call = RemoteConnection.call

            async def lost(self: RemoteConnection, target: Any, method: str, *arguments: Any) -> Any:
                if method == "CloseAndCommit":
                    raise ConnectionLost("lost", where="test")
                return await call(self, target, method, *arguments)

            monkeypatch.setattr(RemoteConnection, "call", lost)
            (tmp_path / "other").mkdir()
            with pytest.raises(ServiceLost, match="another package of this version"):
                await send(service, candidate(tmp_path / "other", "2.0.0", 3.0))
