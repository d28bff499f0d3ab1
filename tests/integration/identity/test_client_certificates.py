"""Every kind of certificate that a client may come with, over real sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.config.server import SecurityMode, SecurityPolicy
from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateStatus, status_for_client
from opcua_ml.opcua.identity.channel_policies import POLICIES
from tests.adversary.wire import connected
from tests.integration.identity.site import GOOD, Site, outcome, valid
from tests.unit.opcua.identity.authority import CA_WISH, Issued, key, root, self_signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC)
TIMES: dict[str, Any] = {"valid_from": NOW - timedelta(days=1), "valid_to": NOW + timedelta(days=30)}


async def coming(site: Site, peer: Issued, **how: Any) -> int:
    """What comes of a client with this certificate and a right password."""
    client = await site.user_client("anna", peer=peer, **how)
    return await outcome(client)


async def refused(site: Site, peer: Issued, status: CertificateStatus, **how: Any) -> None:
    """The client is refused, is told no more than the standard allows, and the audit knows the cause."""
    before = len(site.audit.records)
    found = await coming(site, peer, **how)
    assert found == status_for_client(status)
    assert status in site.audit.statuses[before:]


def asymmetric_header(policy_uri: str, certificate: bytes) -> bytes:
    """What is readable of an OpenSecureChannel request."""
    kind: Any = ua.AsymmetricAlgorithmHeader
    return struct_to_binary(kind(policy_uri, certificate, bytes(20)))


async def test_an_unknown_client_is_refused_until_it_is_accepted(site: Site) -> None:
    """It lands among the rejected; moved to the trusted, it comes in, without a restart."""
    stranger = self_signed(key(21), valid(name="../../stranger"))
    await refused(site, stranger, CertificateStatus.BadCertificateUntrusted)
    (kept,) = site.folders.rejected.iterdir()
    assert kept.read_bytes() == stranger.der
    kept.rename(site.folders.trusted_certificates / kept.name)
    assert await coming(site, stranger) == GOOD
    (site.folders.trusted_certificates / kept.name).unlink()
    await refused(site, stranger, CertificateStatus.BadCertificateUntrusted)


@pytest.mark.parametrize("policy", [policy for policy in SecurityPolicy if policy != "None"])
@pytest.mark.parametrize("mode", list(SecurityMode))
async def test_an_expired_client_is_refused_under_every_policy(
    site: Site, policy: SecurityPolicy, mode: SecurityMode
) -> None:
    """Trusted once is not trusted for ever."""
    expired = self_signed(key(22), valid(valid_to=NOW - timedelta(minutes=5)))
    site.trust(expired)
    await refused(site, expired, CertificateStatus.BadCertificateTimeInvalid, policy=policy, mode=mode)


async def test_a_stranger_is_refused_before_anything_is_decrypted(site: Site) -> None:
    """Its request can't even be decrypted, and yet it is its certificate that is refused."""
    stranger = self_signed(key(28), valid(name="stranger"))
    request = asymmetric_header(POLICIES[SecurityPolicy.BASIC256SHA256].URI, stranger.der) + bytes(256)
    before = len(site.audit.records)
    parts = urlsplit(site.url)
    async with connected(parts.hostname or "", parts.port or 0) as client:
        await client.hello()
        size = len(request) + 12
        await client.send_bytes(b"OPNF" + size.to_bytes(4, "little") + bytes(4) + request)
        assert await client.closed_by_server() == StatusCodes.BadSecurityChecksFailed
    assert site.audit.statuses[before:] == [CertificateStatus.BadCertificateUntrusted]


async def test_more_than_a_request_needs_is_not_decrypted(site: Site) -> None:
    """Anybody can show a trusted certificate: 240 blocks take the private key 60 ms."""
    uri = POLICIES[SecurityPolicy.BASIC256SHA256].URI
    request = asymmetric_header(uri, site.hmi.der) + bytes(240 * 256)
    parts = urlsplit(site.url)
    async with connected(parts.hostname or "", parts.port or 0) as client:
        await client.hello()
        size = len(request) + 12
        await client.send_bytes(b"OPNF" + size.to_bytes(4, "little") + bytes(4) + request)
        assert await client.closed_by_server() == StatusCodes.BadTcpMessageTooLarge


async def test_a_policy_that_is_not_offered_is_refused_before_its_certificate_is_looked_at(
    site: Site,
) -> None:
    """Nothing lands among the rejected for it."""
    uri = "http://opcfoundation.org/UA/SecurityPolicy#Basic128Rsa15"
    request = asymmetric_header(uri, site.hmi.der) + bytes(256)
    before = len(site.audit.records)
    parts = urlsplit(site.url)
    async with connected(parts.hostname or "", parts.port or 0) as client:
        await client.hello()
        size = len(request) + 12
        await client.send_bytes(b"OPNF" + size.to_bytes(4, "little") + bytes(4) + request)
        assert await client.closed_by_server() == StatusCodes.BadSecurityPolicyRejected
    assert len(site.audit.records) == before


async def test_a_client_that_is_not_valid_yet_is_refused(site: Site) -> None:
    """Its time will come."""
    early = self_signed(key(22), valid(valid_from=NOW + timedelta(hours=1)))
    site.trust(early)
    await refused(site, early, CertificateStatus.BadCertificateTimeInvalid)


async def test_a_client_under_another_application_uri_is_refused(site: Site) -> None:
    """The certificate is trusted, the description lies: told as the standard names it."""
    found = await coming(site, site.hmi, uri="urn:plant:other")
    assert found == StatusCodes.BadCertificateUriInvalid
    assert site.audit.records[-1].kind is AuditKind.CERTIFICATE_DATA_MISMATCH
    assert site.audit.records[-1].details["InvalidUri"] == "urn:plant:other"


async def test_a_certificate_for_other_uses_is_refused(site: Site) -> None:
    """Such as a user's, which only signs."""
    user = self_signed(key(23), valid(usage=frozenset({"digital_signature"})))
    site.trust(user)
    await refused(site, user, CertificateStatus.BadCertificateUseNotAllowed)


async def test_a_short_key_is_refused(site: Site) -> None:
    """1024 bits, though trusted by the administrator."""
    weak = self_signed(key(70, 1024), valid())
    site.trust(weak)
    await refused(site, weak, CertificateStatus.BadCertificatePolicyCheckFailed)


async def test_the_trusted_subject_with_another_key_is_refused(site: Site) -> None:
    """The name is the HMI's, the key is not."""
    forged = self_signed(key(24), valid())
    await refused(site, forged, CertificateStatus.BadCertificateUntrusted)


async def test_our_own_certificate_is_refused_as_a_client(site: Site) -> None:
    """Even with our own key, and even trusted."""
    own = site.identity.own
    ourselves = Issued(own.certificate.parsed, own.private_key)
    site.trust(ourselves)
    await refused(
        site, ourselves, CertificateStatus.BadSecurityChecksFailed, uri=site.identity.section.application_uri
    )


async def test_a_cas_clients_come_in_until_they_are_revoked(site: Site) -> None:
    """One trusted CA, its chain sent by the client, its revocation list in the store."""
    ca = root(90, **TIMES)
    middle = ca.issue(key(91), replace(CA_WISH, name="Line CA", **TIMES))
    first, second = middle.issue(key(25), valid()), middle.issue(key(26), valid(name="second"))
    site.trust(ca)
    last: dict[str, Any] = {"last": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}
    (site.folders.trusted_crls / "ca.crl").write_bytes(ca.crl(**last))
    await refused(site, first, CertificateStatus.BadCertificateChainIncomplete)
    sent: dict[str, Any] = {"chain": (middle,)}
    await refused(site, first, CertificateStatus.BadCertificateRevocationUnknown, **sent)
    (site.folders.issuer_crls / "middle.crl").write_bytes(middle.crl(**last))
    assert await coming(site, first, **sent) == GOOD
    (site.folders.issuer_crls / "middle.crl").write_bytes(middle.crl([first], **last))
    await refused(site, first, CertificateStatus.BadCertificateRevoked, **sent)
    assert await coming(site, second, **sent) == GOOD
    (site.folders.trusted_crls / "ca.crl").write_bytes(ca.crl([middle], **last))
    await refused(site, second, CertificateStatus.BadCertificateIssuerRevoked, **sent)


async def test_what_was_let_in_is_checked_anew_when_the_store_changes(site: Site) -> None:
    """For sessions that stand: the answer follows the folders."""
    peer = self_signed(key(27), valid())
    site.trust(peer)
    client = await site.user_client("anna", peer=peer)
    async with client:
        (session,) = site.server.iserver.sessions
        assert session.peer is not None
        authenticator = site.identity.authenticator
        assert authenticator.still_valid(session.peer, session.caller.identity)
        for file in site.folders.trusted_certificates.iterdir():
            if parse_certificate(file.read_bytes()).der == peer.der:
                file.unlink()
        assert not authenticator.still_valid(session.peer, session.caller.identity)
