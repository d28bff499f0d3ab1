"""Secure connections: what is asked for, towards whom every check lets pass, or none at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.identity.certificates.application import Application
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.client_identity import ClientIdentity, client_identity
from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_administration import accept
from opcua_ml.opcua.plc import security as plc_security
from opcua_ml.opcua.plc.settings import Mode, PlcSecurity, Policy
from opcua_ml.opcua.plc.trust_watch import PERIOD_SECONDS
from tests.integration.identity.site import Remembered, valid
from tests.integration.plc.bench import Plc, connection_to, running, tag, until
from tests.integration.plc.half_open import HalfOpenWay
from tests.unit.opcua.identity.authority import Issued, key, root, self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.plc.bench import Recorder

URI = "urn:bench:secure"
APPLICATION = Application("urn:opcua-ml:client", "opcua-ml", ("localhost", "127.0.0.1"))


class OurSide:
    """A client with a store of its own that trusts nobody yet."""

    def __init__(self, folder: Path) -> None:
        self.folders = PkiFolders(folder / "pki")
        self.audit = Remembered()
        self.identity: ClientIdentity = client_identity(
            self.folders, APPLICATION, audit=self.audit, recheck_seconds=0.0
        )

    def trust(self, peer: Issued) -> None:
        """Put the peer among the trusted."""
        name = parse_certificate(peer.der).thumbprint
        (self.folders.trusted_certificates / f"{name}.der").write_bytes(peer.der)

    def security(self, **changes: Any) -> PlcSecurity:
        """Secure settings by this store."""
        return PlcSecurity(identity=self.identity, **changes)


@dataclass(frozen=True)
class SecurePlc:
    """A PLC with a certificate."""

    plc: Plc
    shown: Issued

    @property
    def thumbprint(self) -> str:
        """SHA-256 of its certificate."""
        return parse_certificate(self.shown.der).thumbprint


@pytest.fixture
def ours(tmp_path: Path) -> OurSide:
    """Our side of the connection."""
    return OurSide(tmp_path)


def secured(folder: Path, shown: Issued, uri: str = URI) -> Plc:
    """A PLC that offers Basic256Sha256 with SignAndEncrypt, and None, under this certificate."""
    folder.mkdir(exist_ok=True)
    (folder / "plc.der").write_bytes(shown.der)
    (folder / "plc.pem").write_bytes(shown.key_pem)
    return Plc(
        policies=["NoSecurity", "Basic256Sha256_SignAndEncrypt"],
        certificate=str(folder / "plc.der"),
        private_key=str(folder / "plc.pem"),
        application_uri=uri,
        nodes=[{"name": "flow", "value": 1.0}],
    )


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecurePlc]:
    """A PLC whose certificate is as the standard wants it."""
    shown = self_signed(key(50), valid(URI, name="plc"))
    plc = secured(tmp_path_factory.mktemp("plc"), shown)
    plc.start()
    yield SecurePlc(plc, shown)
    plc.close()


async def test_a_trusted_plc_is_read_encrypted(secure: SecurePlc, ours: OurSide, recorder: Recorder) -> None:
    """By our application's own certificate, and with a user's password, too."""
    ours.trust(secure.shown)
    connection = connection_to(
        secure.plc, recorder, tag("flow"), security=ours.security(), username="operator", password="secret"
    )
    async with running(connection):
        await until(lambda: recorder.value() == 1.0)
    assert ours.audit.records == []


async def test_an_abandoned_secure_session_is_closed_by_its_successor(
    secure: SecurePlc, ours: OurSide, recorder: Recorder
) -> None:
    """Only who holds its nonce and certificate can: it is signed for anew on the new channel."""
    ours.trust(secure.shown)
    async with HalfOpenWay(secure.plc.options["port"]) as way:
        connection = connection_to(Plc(port=way.port), recorder, tag("flow"), security=ours.security())
        async with running(connection):
            await until(lambda: recorder.value() == 1.0)
            way.cut()
            await until(lambda: recorder.status() == Status.BadNoCommunication)
            await until(lambda: recorder.value() == 1.0)
            facts = await secure.plc.do("facts")
            assert (facts["sessions"], facts["subscriptions"]) == (1, 1)


async def test_a_pinned_certificate_is_the_only_one(
    secure: SecurePlc, ours: OurSide, recorder: Recorder
) -> None:
    """The pin alone is enough, and the trusted folder does not outweigh it."""
    good = ours.security(server_certificate_sha256=secure.thumbprint.upper())
    async with running(connection_to(secure.plc, recorder, tag("flow"), security=good)):
        await until(lambda: recorder.value() == 1.0)
    ours.trust(secure.shown)
    bad = ours.security(server_certificate_sha256="0" * 64)
    connection = connection_to(secure.plc, recorder, tag("flow"), security=bad)
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 0)
        assert "BadCertificateUntrusted" in connection.snapshot().reason


async def test_a_connection_is_dropped_when_trust_in_the_plc_is_withdrawn(
    secure: SecurePlc, ours: OurSide, recorder: Recorder
) -> None:
    """At once, with the reason; what came before does not stay Good; trusted again, it is read again."""
    ours.trust(secure.shown)
    connection = connection_to(secure.plc, recorder, tag("flow"), security=ours.security())
    async with running(connection):
        await until(lambda: recorder.value() == 1.0)
        for file in ours.folders.trusted_certificates.iterdir():
            file.unlink()
        await until(lambda: recorder.status() == Status.BadNoCommunication)
        await until(lambda: "BadCertificateUntrusted" in connection.snapshot().reason)
        facts = await secure.plc.do("facts")
        assert facts["sessions"] == 0
        ours.trust(secure.shown)
        await until(lambda: recorder.value() == 1.0)


async def test_a_connection_lives_on_when_trust_in_others_changes(
    secure: SecurePlc, ours: OurSide, recorder: Recorder
) -> None:
    """The same session, however often the folders change, and whatever broken files lie there."""
    ours.trust(secure.shown)
    connection = connection_to(secure.plc, recorder, tag("flow"), security=ours.security())
    async with running(connection):
        await until(lambda: recorder.value() == 1.0)
        ours.trust(self_signed(key(51), valid(URI)))
        (ours.folders.trusted_crls / "broken.crl").write_bytes(b"x")
        store = ours.identity.certificates.store
        before = store.revision
        ours.trust(self_signed(key(52), valid(URI)))
        await until(lambda: store.revision > before)
        await asyncio.sleep(2.5 * PERIOD_SECONDS)  # that nothing happens has no sign to wait for
        assert connection.snapshot().state is ConnectionState.Connected
        assert connection.snapshot().reconnects == 0


async def test_an_unknown_plc_waits_among_the_rejected_until_it_is_accepted(
    secure: SecurePlc, ours: OurSide, recorder: Recorder
) -> None:
    """The sentence has the command that trusts it; then it is connected to, with nothing restarted."""
    connection = connection_to(secure.plc, recorder, tag("flow"), security=ours.security())
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert f"opcua-ml trust accept {secure.thumbprint}" in connection.snapshot().reason
        assert recorder.status() == Status.BadNotConnected
        assert (await secure.plc.do("facts"))["sessions"] == 0
        (rejected,) = ours.folders.rejected.iterdir()
        assert rejected.read_bytes() == secure.shown.der
        assert len(ours.audit.records) == 1, "each attempt is refused, the first is recorded"
        accept(ours.folders, secure.thumbprint)
        await until(lambda: recorder.value() == 1.0)


NOW = datetime.now(UTC)
ROOT = root(95, valid_from=NOW - timedelta(days=1), valid_to=NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (self_signed(key(51), valid(URI, hosts=("plc2", "10.9.8.7"))), "BadCertificateHostNameInvalid"),
        (self_signed(key(51), valid("urn:bench:other")), "BadCertificateUriInvalid"),
        (self_signed(key(51), valid(URI, valid_to=NOW - timedelta(hours=1))), "BadCertificateTimeInvalid"),
        (
            self_signed(key(51), valid(URI, usage=frozenset({"digital_signature"}))),
            "BadCertificateUseNotAllowed",
        ),
        (ROOT.issue(key(51), valid(URI)), "BadCertificateRevoked"),
    ],
    ids=["another host", "another application", "expired", "another use", "revoked"],
)
async def test_a_trusted_certificate_that_does_not_fit_is_refused(
    ours: OurSide, recorder: Recorder, tmp_path: Path, shown: Issued, status: str
) -> None:
    """With the StatusCode of the step that failed, in Sources and in the audit; no session is opened."""
    ours.trust(shown)
    ours.trust(ROOT)
    last: dict[str, Any] = {"last": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    (ours.folders.trusted_crls / "ca.crl").write_bytes(ROOT.crl([shown], **last))
    plc = secured(tmp_path / "plc", shown)
    plc.start()
    try:
        connection = connection_to(plc, recorder, tag("flow"), security=ours.security())
        async with running(connection):
            await until(lambda: connection.snapshot().failed_attempts > 0)
            assert status in connection.snapshot().reason
            assert (await plc.do("facts"))["sessions"] == 0
        assert [record.succeeded for record in ours.audit.records] == [False]
    finally:
        plc.close()


@pytest.mark.parametrize(("policy", "mode"), [
    (Policy.AES256_SHA256_RSAPSS, Mode.SIGN_AND_ENCRYPT), (Policy.BASIC256SHA256, Mode.SIGN),
])  # fmt: skip
async def test_nothing_weaker_or_other_than_asked_for_is_used(
    secure: SecurePlc, ours: OurSide, recorder: Recorder, policy: Policy, mode: Mode
) -> None:
    """The PLC offers None, and another policy, and neither is taken."""
    ours.trust(secure.shown)
    security = ours.security(policy=policy, mode=mode)
    connection = connection_to(secure.plc, recorder, tag("flow"), security=security)
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert "does not offer the wanted security" in connection.snapshot().reason
        assert "found Basic256Sha256 SignAndEncrypt, None None" in connection.snapshot().reason
        assert (await secure.plc.do("facts"))["sessions"] == 0


async def test_a_password_is_not_sent_in_the_clear(shared_plc: Plc, recorder: Recorder) -> None:
    """A PLC without security that wants a password gets none."""
    connection = connection_to(shared_plc, recorder, tag("flow"), username="operator", password="secret")
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 0)
        assert "the PLC wants the password in clear text" in connection.snapshot().reason
        assert (await shared_plc.do("facts"))["sessions"] == 0


async def test_a_wrong_password_is_told(secure: SecurePlc, ours: OurSide, recorder: Recorder) -> None:
    """And tried again for ever, as the PLC's users may change."""
    ours.trust(secure.shown)
    security = ours.security()
    connection = connection_to(
        secure.plc, recorder, tag("flow"), security=security, username="operator", password="wrong"
    )
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert connection.snapshot().reason == f"{secure.plc.endpoint}: the PLC answered BadUserAccessDenied"
        assert recorder.status() == Status.BadNotConnected


def believing_all(patch: pytest.MonkeyPatch) -> None:
    """A planted bug: any certificate of a PLC is believed."""
    patch.setattr(PeerCertificates, "check_server", lambda _, sent, **__: parse_certificate(sent))


def going_below(patch: pytest.MonkeyPatch) -> None:
    """A planted bug: the wanted policy is said, whatever the PLC's endpoints are."""
    patch.setattr(plc_security, "_offered", lambda endpoints, *_: endpoints[-1])


async def test_a_client_that_believes_any_plc_is_caught(
    secure: SecurePlc, ours: OurSide, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test of the unknown PLC fails with it."""
    believing_all(monkeypatch)
    with pytest.raises((AssertionError, TimeoutError)):
        async with asyncio.timeout(2):
            await test_an_unknown_plc_waits_among_the_rejected_until_it_is_accepted(secure, ours, recorder)


async def test_a_client_that_takes_another_endpoint_is_caught(
    secure: SecurePlc, ours: OurSide, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test of what is offered fails with it."""
    going_below(monkeypatch)
    with pytest.raises((AssertionError, TimeoutError)):
        async with asyncio.timeout(4):
            await test_nothing_weaker_or_other_than_asked_for_is_used(
                secure, ours, recorder, Policy.BASIC256SHA256, Mode.SIGN
            )
