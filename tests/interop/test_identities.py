"""Every certificate and token that a client of another stack may come with, and what the service says of it.

The StatusCodes are those of Part 4, 6.1.3 (Table 100) and 5.6.3; where the standard has the server tell no
more than BadSecurityChecksFailed, the true one stands in the audit log. A wrong ApplicationUri is
missing: node-opcua always sends that of its certificate (see tests/integration/identity).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from asyncua.ua.status_codes import StatusCodes
from cryptography.hazmat.primitives.serialization import Encoding

from opcua_ml.config.server import AnonymousAccess
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from tests.integration.identity.site import ANNA, HMI_URI, PASSWORD, Site, opened_site, valid
from tests.interop.node_process import NodeError, NodeProcess
from tests.unit.opcua.identity.authority import CA_WISH, Issued, key, root, self_signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

NOW = datetime.now(UTC)
TIMES: dict[str, Any] = {"valid_from": NOW - timedelta(days=1), "valid_to": NOW + timedelta(days=30)}
POLICIES = ("Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss")
MODES = ("Sign", "SignAndEncrypt")
PAST: dict[str, Any] = {"valid_from": NOW - timedelta(days=9), "valid_to": NOW - timedelta(minutes=5)}
FUTURE = {"valid_from": NOW + timedelta(hours=1)}
_NAMES = {
    code: name for name, code in vars(StatusCodes).items() if isinstance(code, int) and name.startswith("Bad")
}
SECRET = "BadSecurityChecksFailed"
PANEL = self_signed(key(81), valid(name="panel"))
"""Of a user."""


class Relay:
    """Stands between client and server, and reads the Error messages of the server."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname or "", urlsplit(url).port or 0
        self.last_error = ""

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        there, to_server = await asyncio.open_connection(self._host, self._port)
        self.last_error = ""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._up(reader, to_server), name="to the server")
            group.create_task(self._down(there, writer), name="to the client")

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                header = await reader.readexactly(8)
                body = await reader.readexactly(int.from_bytes(header[4:], "little") - 8)
                if header[:3] == b"ERR":
                    self.last_error = _NAMES[int.from_bytes(body[:4], "little")]
                writer.write(header + body)
        writer.close()


@dataclass
class Entrance:
    """The door of a site, and a client of another stack before it."""

    site: Site
    relay: Relay
    url: str
    node: NodeProcess
    folder: Path

    async def outcome(
        self,
        peer: Issued,
        *,
        chain: Iterable[Issued] = (),
        policy: str = POLICIES[0],
        mode: str = "SignAndEncrypt",
        uri: str = HMI_URI,
        user: dict[str, str] | None = None,
    ) -> str:
        """The StatusCode with which connecting and logging in ends; Good where the client could read."""
        who = {"name": "anna", "password": PASSWORD} if user is None else user
        certificate, private = self.folder / "client.pem", self.folder / "client.key"
        certificate.write_bytes(
            b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (peer, *chain))
        )
        private.write_bytes(peer.key_pem)
        try:
            await self.node.request(
                "connect",
                endpoint=self.url,
                policy=policy,
                mode=mode,
                user=who or None,
                folder=str(self.folder / "pki"),
                application_uri=uri,
                certificate=str(certificate),
                key=str(private),
            )
        except NodeError as error:
            # node-opcua keeps to itself what an Error message says that ends the opening of its channel.
            return error.status or self.relay.last_error or str(error)
        await self.node.request("disconnect")
        return "Good"

    def user_files(self, user: Issued, signer: Issued | None = None) -> dict[str, str]:
        """A user's certificate and key as files for the client; signed by another key where one is given."""
        certificate, private = self.folder / "user.der", self.folder / "user.pem"
        certificate.write_bytes(user.der)
        private.write_bytes((signer or user).key_pem)
        return {"certificate": str(certificate), "key": str(private)}

    @property
    def audited(self) -> str:
        """The last StatusCode of the audit log that is not Good."""
        return _NAMES[[code for code in self.site.audit.statuses if code][-1]]


def users(*, more: Iterable[Issued] = ()) -> str:
    """The file of users: Anna by password, the panel and others by certificate."""
    prints = ", ".join(f'"{parse_certificate(one.der).thumbprint}"' for one in (PANEL, *more))
    return f'{ANNA}\n[users.panel]\nroles = ["Observer"]\ncertificates = [{prints}]\n'


@asynccontextmanager
async def before(site: Site, node: NodeProcess, folder: Path) -> AsyncIterator[Entrance]:
    """The client before the site's door."""
    relay = Relay(site.url)
    async with await asyncio.start_server(relay.pass_on, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield Entrance(site, relay, f"opc.tcp://127.0.0.1:{port}/test", node, folder)


EXPIRED_PANEL = self_signed(key(82), valid(name="old panel", **PAST))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entrance(node: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Entrance]:
    """One site for all tests here; each trusts what it needs."""
    folder = tmp_path_factory.mktemp("entrance")
    async with (
        opened_site(folder, users=users(more=[EXPIRED_PANEL])) as site,
        NodeProcess(node, "client.js", folder / "client.log") as client,
        before(site, client, folder) as entrance,
    ):
        yield entrance


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("mode", MODES)
async def test_every_policy_and_mode_lets_the_trusted_in(entrance: Entrance, policy: str, mode: str) -> None:
    """By password, and by certificate."""
    assert await entrance.outcome(entrance.site.hmi, policy=policy, mode=mode) == "Good"
    panel = entrance.user_files(PANEL)
    assert await entrance.outcome(entrance.site.hmi, policy=policy, mode=mode, user=panel) == "Good"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("size", [3072, 4096])
async def test_keys_as_long_as_the_policies_allow_are_taken(
    entrance: Entrance, policy: str, size: int
) -> None:
    """Part 7: RSA of 2048 to 4096 bits; what is above 2048 has another padding (Part 6, 6.7.2.5)."""
    peer = self_signed(key(83, size), valid(name=f"{size} bits"))
    entrance.site.trust(peer)
    assert await entrance.outcome(peer, policy=policy) == "Good"


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_short_key_is_refused_under_every_policy(entrance: Entrance, policy: str) -> None:
    """1024 bits, though the administrator trusts it."""
    peer = self_signed(key(84, 1024), valid(name="weak"))
    entrance.site.trust(peer)
    assert await entrance.outcome(peer, policy=policy) == SECRET
    assert entrance.audited == "BadCertificatePolicyCheckFailed"


@pytest.mark.parametrize(
    ("changes", "told", "audited"),
    [
        (PAST, "BadCertificateTimeInvalid", "BadCertificateTimeInvalid"),
        (FUTURE, "BadCertificateTimeInvalid", "BadCertificateTimeInvalid"),
        (
            {"usage": frozenset({"digital_signature"})},
            "BadCertificateUseNotAllowed",
            "BadCertificateUseNotAllowed",
        ),
    ],
    ids=["expired", "not valid yet", "for other uses"],
)
async def test_a_trusted_certificate_that_does_not_pass_is_refused(
    entrance: Entrance, changes: dict[str, Any], told: str, audited: str
) -> None:
    """Told as the standard names it, as the administrator trusts the application."""
    peer = self_signed(key(85), valid(name="flawed", **changes))
    entrance.site.trust(peer)
    assert await entrance.outcome(peer) == told
    assert entrance.audited == audited


async def test_a_clients_host_names_are_not_looked_at(entrance: Entrance) -> None:
    """A client comes from anywhere; the host name is a client's check (Part 4, 6.1.3, Table 100)."""
    peer = self_signed(key(85), valid(name="moved", hosts=("elsewhere.example",)))
    entrance.site.trust(peer)
    assert await entrance.outcome(peer) == "Good"


async def test_an_unknown_application_learns_nothing(entrance: Entrance) -> None:
    """Nor does one with the name and ApplicationUri of a trusted one."""
    assert await entrance.outcome(self_signed(key(86), valid(name="stranger"))) == SECRET
    assert entrance.audited == "BadCertificateUntrusted"
    assert await entrance.outcome(self_signed(key(86), valid())) == SECRET
    assert entrance.audited == "BadCertificateUntrusted"


async def test_a_revoked_certificate_is_refused(entrance: Entrance) -> None:
    """Its sister of the same CA goes on."""
    ca = root(92, **TIMES)
    first, second = ca.issue(key(87), valid()), ca.issue(key(88), valid(name="second"))
    entrance.site.trust(ca)
    last: dict[str, Any] = {"last": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    assert await entrance.outcome(first, chain=[ca]) == "BadCertificateRevocationUnknown"
    entrance.site.revoke(ca.crl([first], **last))
    assert await entrance.outcome(first, chain=[ca]) == SECRET
    assert entrance.audited == "BadCertificateRevoked"
    assert await entrance.outcome(second, chain=[ca]) == "Good"


async def test_a_chain_without_its_middle_is_refused(entrance: Entrance) -> None:
    """Complete, it gets in."""
    ca = root(93, **TIMES)
    middle = ca.issue(key(94), replace(CA_WISH, name="Line CA", **TIMES))
    peer = middle.issue(key(89), valid(name="far"))
    entrance.site.trust(ca)
    last: dict[str, Any] = {"last": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    (entrance.site.folders.trusted_crls / "root.crl").write_bytes(ca.crl(**last))
    (entrance.site.folders.issuer_crls / "middle.crl").write_bytes(middle.crl(**last))
    assert await entrance.outcome(peer) == SECRET
    assert entrance.audited == "BadCertificateChainIncomplete"
    assert await entrance.outcome(peer, chain=[middle]) == "Good"


@pytest.mark.parametrize("policy", POLICIES)
async def test_wrong_passwords_and_unknown_users_are_told_the_same(entrance: Entrance, policy: str) -> None:
    """BadUserAccessDenied, under every policy."""
    for name in ("anna", f"nobody {policy}"):
        wrong = {"name": name, "password": "wrong horse battery"}
        assert await entrance.outcome(entrance.site.hmi, policy=policy, user=wrong) == "BadUserAccessDenied"


async def test_nobody_comes_in_without_a_name(entrance: Entrance, tmp_path: Path) -> None:
    """Unless the configuration says so."""
    told = await entrance.outcome(entrance.site.hmi, user={})
    assert "Cannot find ANONYMOUS user token policy" in told  # the client looks before it asks
    async with (
        opened_site(tmp_path, anonymous=AnonymousAccess.OBSERVER) as open_site,
        before(open_site, entrance.node, tmp_path) as there,
    ):
        assert await there.outcome(open_site.hmi, user={}) == "Good"


async def test_users_certificates_are_checked_like_applications(entrance: Entrance) -> None:
    """Unknown, expired, and another's, without its key."""
    stranger = self_signed(key(80), valid(name="somebody"))
    told = {
        "unknown": await entrance.outcome(entrance.site.hmi, user=entrance.user_files(stranger)),
        "expired": await entrance.outcome(entrance.site.hmi, user=entrance.user_files(EXPIRED_PANEL)),
        "stolen": await entrance.outcome(entrance.site.hmi, user=entrance.user_files(PANEL, stranger)),
    }
    assert told == {
        "unknown": "BadIdentityTokenRejected",
        "expired": "BadIdentityTokenRejected",
        "stolen": "BadUserSignatureInvalid",
    }
