"""Secure connections: what is asked for, towards who is trusted, or none at all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.settings import Mode, PlcSecurity, Policy
from tests.integration.plc.bench import Plc, connection_to, running, tag, until
from tests.integration.plc.half_open import HalfOpenWay
from tests.integration.plc.identities import Identity, identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.plc.bench import Recorder


@dataclass(frozen=True)
class SecurePlc:
    """A PLC with a certificate, and what a client of it needs."""

    plc: Plc
    identity: Identity
    certificate: Path
    client_certificate: Path
    client_key: Path

    def security(self, **changes: object) -> PlcSecurity:
        """Secure settings that trust nobody yet."""
        return PlcSecurity(
            certificate=self.client_certificate,
            private_key=self.client_key,
            **changes,  # type: ignore[arg-type]
        )


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecurePlc]:
    """A PLC that offers Basic256Sha256 with SignAndEncrypt, and None."""
    folder = tmp_path_factory.mktemp("identities")
    own = identity("secure")
    certificate, key = own.save(folder / "plc", "plc")
    client_certificate, client_key = identity("client").save(folder / "client", "client")
    plc = Plc(
        policies=["NoSecurity", "Basic256Sha256_SignAndEncrypt"],
        certificate=str(certificate),
        private_key=str(key),
        application_uri="urn:bench:secure",
        nodes=[{"name": "flow", "value": 1.0}],
    )
    plc.start()
    yield SecurePlc(plc, own, certificate, client_certificate, client_key)
    plc.close()


async def test_a_trusted_plc_is_read_encrypted(secure: SecurePlc, recorder: Recorder) -> None:
    """With the PLC's certificate in the folder of trusted ones, and with a user's password, too."""
    security = secure.security(trusted=(secure.certificate.parent,))
    connection = connection_to(
        secure.plc, recorder, tag("flow"), security=security, username="operator", password="secret"
    )
    async with running(connection):
        await until(lambda: recorder.value() == 1.0)


async def test_an_abandoned_secure_session_is_closed_by_its_successor(
    secure: SecurePlc, recorder: Recorder
) -> None:
    """Only who holds its nonce and certificate can: it is signed for anew on the new channel."""
    security = secure.security(trusted=(secure.certificate,))
    async with HalfOpenWay(secure.plc.options["port"]) as way:
        connection = connection_to(Plc(port=way.port), recorder, tag("flow"), security=security)
        async with running(connection):
            await until(lambda: recorder.value() == 1.0)
            way.cut()
            await until(lambda: recorder.status() == Status.BadNoCommunication)
            await until(lambda: recorder.value() == 1.0)
            facts = await secure.plc.do("facts")
            assert (facts["sessions"], facts["subscriptions"]) == (1, 1)


async def test_a_pinned_certificate_is_the_only_one(secure: SecurePlc, recorder: Recorder) -> None:
    """The pin alone is enough, and a trusted folder does not outweigh it."""
    pin = hashlib.sha256(secure.identity.der).hexdigest()
    good = secure.security(server_certificate_sha256=pin.upper())
    async with running(connection_to(secure.plc, recorder, tag("flow"), security=good)):
        await until(lambda: recorder.value() == 1.0)
    bad = secure.security(server_certificate_sha256="0" * 64, trusted=(secure.certificate,))
    connection = connection_to(secure.plc, recorder, tag("flow"), security=bad)
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 0)
        assert "is not the pinned one" in connection.snapshot().reason


async def test_an_untrusted_plc_is_not_connected_to(secure: SecurePlc, recorder: Recorder) -> None:
    """The sentence names the certificate, so that an engineer can trust it; no session is opened."""
    connection = connection_to(secure.plc, recorder, tag("flow"), security=secure.security())
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        digest = hashlib.sha256(secure.identity.der).hexdigest()
        assert f"the PLC's certificate is not trusted; found SHA-256 {digest}" in connection.snapshot().reason
        assert recorder.status() == Status.BadNotConnected
        assert (await secure.plc.do("facts"))["sessions"] == 0


@pytest.mark.parametrize(("policy", "mode"), [
    (Policy.AES256_SHA256_RSAPSS, Mode.SIGN_AND_ENCRYPT), (Policy.BASIC256SHA256, Mode.SIGN),
])  # fmt: skip
async def test_nothing_weaker_or_other_than_asked_for_is_used(
    secure: SecurePlc, recorder: Recorder, policy: Policy, mode: Mode
) -> None:
    """The PLC offers None, and another policy, and neither is taken."""
    security = secure.security(policy=policy, mode=mode, trusted=(secure.certificate,))
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


async def test_a_wrong_password_is_told(secure: SecurePlc, recorder: Recorder) -> None:
    """And tried again for ever, as the PLC's users may change."""
    security = secure.security(trusted=(secure.certificate,))
    connection = connection_to(
        secure.plc, recorder, tag("flow"), security=security, username="operator", password="wrong"
    )
    async with running(connection):
        await until(lambda: connection.snapshot().failed_attempts > 1)
        assert connection.snapshot().reason == f"{secure.plc.endpoint}: the PLC answered BadUserAccessDenied"
        assert recorder.status() == Status.BadNotConnected
