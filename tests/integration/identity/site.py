"""A real server on a free port, with certificates, users and roles, and the clients that come to it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.config.server import (
    AnonymousAccess,
    SecurityMode,
    SecurityPolicy,
    SecuritySection,
    ServerSection,
)
from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.certificates.peer_certificates import utc_now
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.channel_policies import MODES, POLICIES
from opcua_ml.opcua.identity.secured_server import SecuredServer
from opcua_ml.opcua.identity.site_identity import SiteIdentity
from opcua_ml.opcua.identity.users.password_hash import hash_password
from tests.patient_client import Client
from tests.unit.opcua.identity.authority import Issued, Wish, key, self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from opcua_ml.opcua.audit.record import AuditRecord
    from opcua_ml.opcua.audit.sink import AuditSink

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
HMI_URI = "urn:plant:hmi"
ANNA = f'[users.anna]\nroles = ["Operator"]\npassword = "{HASH}"\n'
GOOD = 0


def valid(uri: str = HMI_URI, **changes: Any) -> Wish:
    """A wish for a certificate that is valid by the real clock, which asyncua's client looks at."""
    now = datetime.now(UTC)
    times = {"valid_from": now - timedelta(days=1), "valid_to": now + timedelta(days=30)}
    return Wish(**{**times, "uri": uri, **changes})


_ADMINISTRATION = (
    "user ",
    "nobody is a user any more",
    "certificate trusted",
    "certificate no longer",
    "revocation ",
)


class Remembered:
    """An audit sink that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.administration: list[AuditRecord] = []
        """What was changed in the files, which is told when it is noticed."""
        self.also: AuditSink = NO_AUDIT

    def record(self, record: AuditRecord) -> None:
        """Keep it, and hand it on."""
        by_files = record.kind is AuditKind.SECURITY and record.message.startswith(_ADMINISTRATION)
        (self.administration if by_files else self.records).append(record)
        self.also.record(record)

    @property
    def statuses(self) -> list[int]:
        """StatusCodes of the records, in order."""
        return [record.status for record in self.records]


@dataclass
class Site:
    """One server with everything around it."""

    folders: PkiFolders
    users_file: Path
    audit: Remembered
    identity: SiteIdentity
    server: SecuredServer
    url: str
    client_files: Path
    hmi: Issued
    _written: int = field(default=0)

    def trust(self, peer: Issued) -> None:
        """Put the peer among the trusted."""
        self._written += 1
        (self.folders.trusted_certificates / f"{self._written}.der").write_bytes(peer.der)

    def revoke(self, crl: bytes) -> None:
        """Put a revocation list beside them."""
        (self.folders.trusted_crls / "list.crl").write_bytes(crl)

    async def client(
        self,
        policy: SecurityPolicy = SecurityPolicy.BASIC256SHA256,
        mode: SecurityMode = SecurityMode.SIGN_AND_ENCRYPT,
        *,
        peer: Issued | None = None,
        uri: str = HMI_URI,
        chain: Iterable[Issued] = (),
        kind: type[Client] = Client,
    ) -> Client:
        """A client with its security set, not connected."""
        client = kind(self.url)
        client.application_uri = uri
        if policy is not SecurityPolicy.NONE:
            peer = peer or self.hmi
            await client.set_security(
                POLICIES[policy],
                self.file("client.der", peer.der),
                self.file("client.pem", peer.key_pem),
                mode=MODES[mode],
                server_certificate=self.file("server.der", self.identity.own.der),
                certificate_chain=[self.file(f"ca{n}.der", ca.der) for n, ca in enumerate(chain)],
            )
        return client

    async def user_client(self, name: str, password: str = PASSWORD, **security: Any) -> Client:
        """A client that will log in by password."""
        client = await self.client(**security)
        client.set_user(name)
        client.set_password(password)
        return client

    async def certificate_client(
        self, user: Issued, *, signer: Issued | None = None, **security: Any
    ) -> Client:
        """A client that will log in by certificate, signing with the key of `signer`."""
        client = await self.client(**security)
        await client.load_client_certificate(self.file("user.der", user.der))
        await client.load_private_key(Path(self.file("user.pem", (signer or user).key_pem)))
        return client

    def file(self, name: str, content: bytes) -> str:
        """A file for asyncua's client to read."""
        path = self.client_files / name
        path.write_bytes(content)
        return str(path)


async def outcome(client: Client) -> int:
    """The StatusCode with which connecting ends; Good where the client can read afterwards."""
    try:
        await client.connect()
    except UaStatusCodeError as error:
        return int(error.code)
    try:
        await client.nodes.server_state.read_value()
    finally:
        await client.disconnect()
    return GOOD


async def until(condition: Callable[[], object], within: float = 30.0) -> None:
    """Wait until the condition holds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within, f"not so within {within} s"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def opened_site(
    folder: Path,
    *,
    anonymous: AnonymousAccess = AnonymousAccess.REFUSED,
    policies: tuple[SecurityPolicy, ...] = tuple(SecurityPolicy),
    users: str = ANNA,
    prepare: Callable[[SecuredServer], Any] | None = None,
    now: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Site]:
    """A running site; `prepare` may add nodes before the endpoint opens, `now` is its wall clock."""
    folders = PkiFolders(folder / "pki")
    users_file = folder / "users.toml"
    users_file.write_text(users)
    section = ServerSection(
        endpoint="opc.tcp://127.0.0.1:0/test",
        application_uri="urn:plant:server",
        security=SecuritySection(policies=policies, anonymous=anonymous, pki=folders.root, users=users_file),
    )
    audit = Remembered()
    identity = SiteIdentity(section, audit=audit, recheck_seconds=0.0, now=now)
    server = SecuredServer(identity)
    await server.init()
    server.set_endpoint(section.endpoint)
    if prepare is not None:
        await prepare(server)
    files = folder / "client"
    files.mkdir()
    await server.start()
    try:
        assert server.bserver is not None
        url = f"opc.tcp://127.0.0.1:{server.bserver.port}/test"
        site = Site(folders, users_file, audit, identity, server, url, files, self_signed(key(20), valid()))
        site.trust(site.hmi)
        yield site
    finally:
        await server.stop()
