"""Calls under SignAndEncrypt: asyncua's client drives both, only the servers' processor time counts."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import UaError
from cryptography.x509.oid import ExtendedKeyUsageOID

from benchmarks import opcua_peers
from benchmarks.environments import Unavailable
from benchmarks.figures import Goal, compare, in_turn
from benchmarks.opcua_peers import Certificate
from benchmarks.servers.logistic import ROW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.opcua_peers import OpcuaPeer

CASE = "encrypted"
CLIENT_URI = "urn:opcua-ml:benchmarks:client"
_WARM_CALLS = 20


def certificate(folder: Path, name: str, uri: str) -> Certificate:
    """A self-signed certificate and its key, made once per folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificate(folder / f"{name}.der", folder / f"{name}.pem")
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    subject = {"commonName": name, "organizationName": "benchmarks"}
    asyncio.run(setup_self_signed_certificate(files.key, files.certificate, uri, "localhost", uses, subject))
    return files


def run(bench: Bench) -> None:
    """Predict, and the empty method of our server class, beside plain asyncua's empty method."""
    client = certificate(bench.folder / "certificates", "client", CLIENT_URI)
    server = certificate(bench.folder / "certificates", "server", "urn:freeopcua:python:server")
    with bench.servers():
        makers: tuple[Callable[[Bench], AbstractContextManager[OpcuaPeer]], ...] = (
            partial(opcua_peers.service, trusted=client.certificate),
            opcua_peers.server("opcua_ml", certificate=server),
            opcua_peers.server("asyncua", certificate=server),
        )
        peers = [peer for peer in map(bench.start, makers) if peer is not None]
        turns = {peer.name: partial(_turn, peer, client, bench.seconds) for peer in peers}
        found = in_turn(turns, bench.rounds)
    for subject, words, goal in (
        ("Predict", "Predict beside an empty Call", Goal(0.45)),
        ("opcua_ml", "empty Call", None),
    ):
        if subject in found and "asyncua" in found:
            what = f"{words}: server CPU under SignAndEncrypt, µs"
            bench.rows.append(compare((CASE, what), found[subject], "asyncua", found["asyncua"], goal))


@asynccontextmanager
async def _connected(peer: OpcuaPeer, files: Certificate) -> AsyncIterator[Client]:
    client = Client(peer.url, timeout=30)
    client.application_uri = CLIENT_URI
    await client.set_security(
        SecurityPolicyBasic256Sha256,
        str(files.certificate),
        str(files.key),
        mode=ua.MessageSecurityMode.SignAndEncrypt,
    )
    async with client:
        yield client


def _turn(peer: OpcuaPeer, files: Certificate, seconds: float) -> float:
    """Processor time of the server per Call, µs."""
    try:
        return asyncio.run(_calls(peer, files, seconds))
    except (UaError, OSError, TimeoutError) as error:
        raise Unavailable(f"{peer.name} under SignAndEncrypt: {error!r}") from error


async def _calls(peer: OpcuaPeer, files: Certificate, seconds: float) -> float:
    async with _connected(peer, files) as client:
        target = client.get_node(peer.node(peer.target))
        method = peer.node(peer.method)
        row = [ua.Variant(x, ua.VariantType.Double) for x in ROW]
        for _ in range(_WARM_CALLS):
            await target.call_method(method, *row)
        before, until, calls = peer.process.cpu_seconds(), time.monotonic() + seconds, 0
        while time.monotonic() < until:
            await target.call_method(method, *row)
            calls += 1
        return (peer.process.cpu_seconds() - before) * 1e6 / calls
