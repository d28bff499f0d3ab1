"""Every step of Part 4's certificate validation, each with the one status that the standard gives it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import (
    TOLD_TO_CLIENTS,
    CertificateRejected,
    CertificateStatus,
    status_for_client,
)
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
from opcua_ml.opcua.identity.certificates.certificate_validation import Expectation, validated
from opcua_ml.opcua.identity.certificates.trust_list import TrustList, trust_list
from tests.unit.opcua.identity.authority import (
    APPLICATION_USAGE,
    CA_WISH,
    NOW,
    URI,
    Issued,
    Wish,
    key,
    root,
    self_signed,
)

CLIENT = Expectation(CertificateUse.CLIENT)
SERVER = Expectation(CertificateUse.SERVER)
ORIGINAL = self_signed()


def listing(*trusted: Issued, issuers: tuple[Issued, ...] = (), crls: tuple[bytes, ...] = ()) -> TrustList:
    """A trust list of these."""
    return trust_list(
        [parse_certificate(one.der) for one in trusted],
        [parse_certificate(one.der) for one in issuers],
        [x509.load_der_x509_crl(crl) for crl in crls],
    )


def status(
    sent: bytes, held: TrustList, expectation: Expectation = CLIENT, own: bytes | None = None
) -> CertificateStatus:
    """The status with which validation refuses; fails where it does not."""
    with pytest.raises(CertificateRejected) as rejected:
        validated(sent, expectation, held, now=NOW, own_public_key=own)
    return rejected.value.status


def passes(sent: bytes, held: TrustList, expectation: Expectation = CLIENT) -> bool:
    """Whether validation ends with the certificate that stands first in `sent`."""
    return sent.startswith(validated(sent, expectation, held, now=NOW).der)


def test_a_trusted_self_signed_certificate_passes() -> None:
    """The usual case: the application's own certificate stands in the list."""
    peer = self_signed()
    expectation = Expectation(CertificateUse.CLIENT, application_uri=URI)
    assert passes(peer.der, listing(peer), expectation)


@pytest.mark.parametrize("cut", [0, 1, 3, 10, 200, -1])
def test_a_prefix_of_a_trusted_certificate_is_no_certificate(cut: int) -> None:
    """Nothing shorter than the whole certificate is taken for it."""
    peer = self_signed()
    assert status(peer.der[:cut], listing(peer)) is CertificateStatus.BadCertificateInvalid


@pytest.mark.parametrize("rest", [b"\x00", b"\x30", b"\x30\x82\xff\xff", b"\x30\x80", b"garbage"])
def test_bytes_after_a_trusted_certificate_make_it_invalid(rest: bytes) -> None:
    """A trusted certificate does not carry along what was appended to it."""
    peer = self_signed()
    assert status(peer.der + rest, listing(peer)) is CertificateStatus.BadCertificateInvalid


def test_an_unknown_certificate_is_untrusted() -> None:
    """Validity in itself is no trust."""
    assert (
        status(self_signed(key(1)).der, listing(self_signed())) is CertificateStatus.BadCertificateUntrusted
    )


def test_the_subject_of_a_trusted_certificate_with_another_key_is_untrusted() -> None:
    """Names are not what is trusted."""
    trusted = self_signed(key(0), Wish(serial=7))
    forged = self_signed(key(1), Wish(serial=7))
    assert forged.certificate.subject == trusted.certificate.subject
    assert status(forged.der, listing(trusted)) is CertificateStatus.BadCertificateUntrusted


def test_a_changed_byte_breaks_the_signature() -> None:
    """A certificate is what was signed, even where it is found in the trust list."""
    peer = self_signed()
    changed = bytearray(peer.der)
    place = peer.der.index(URI.encode())
    changed[place + 5] ^= 0x02
    tampered = bytes(changed)
    held = trust_list([parse_certificate(tampered)], [], [])
    assert status(tampered, held) is CertificateStatus.BadCertificateInvalid


def test_expired_and_not_yet_valid_certificates_are_told_apart_from_untrusted_ones() -> None:
    """Time counts only for certificates that are trusted: the trust list comes first."""
    expired = self_signed(wish=Wish(valid_to=NOW - timedelta(seconds=1)))
    early = self_signed(wish=Wish(valid_from=NOW + timedelta(seconds=1)))
    assert status(expired.der, listing(expired)) is CertificateStatus.BadCertificateTimeInvalid
    assert status(early.der, listing(early)) is CertificateStatus.BadCertificateTimeInvalid
    assert status(expired.der, listing()) is CertificateStatus.BadCertificateUntrusted


@pytest.mark.parametrize("host", ["plc2", "plc1.evil", "127.0.0.2", "::1", "", "*"])
def test_a_server_under_another_host_is_refused(host: str) -> None:
    """As a client we compare what we dialled with what the certificate says."""
    peer = self_signed()
    expectation = replace(SERVER, host=host)
    assert status(peer.der, listing(peer), expectation) is CertificateStatus.BadCertificateHostNameInvalid


@pytest.mark.parametrize("host", ["plc1", "PLC1", "plc1.", "127.0.0.1"])
def test_a_server_under_its_own_host_passes(host: str) -> None:
    """Host names are compared without case; addresses as addresses."""
    peer = self_signed()
    assert passes(peer.der, listing(peer), replace(SERVER, host=host))


def test_another_application_uri_is_refused() -> None:
    """The description and the certificate must speak of the same application."""
    peer = self_signed()
    expectation = replace(CLIENT, application_uri=URI + "x")
    assert status(peer.der, listing(peer), expectation) is CertificateStatus.BadCertificateUriInvalid


@pytest.mark.parametrize("missing", sorted(APPLICATION_USAGE))
def test_an_application_needs_all_four_key_usages(missing: str) -> None:
    """Part 6, 6.2.2 names four; none may be left out."""
    peer = self_signed(wish=Wish(usage=APPLICATION_USAGE - {missing}))
    assert status(peer.der, listing(peer)) is CertificateStatus.BadCertificateUseNotAllowed


def test_a_certificate_without_key_usage_secures_no_channel() -> None:
    """What says nothing of its use has none."""
    peer = self_signed(wish=Wish(usage=None))
    assert status(peer.der, listing(peer)) is CertificateStatus.BadCertificateUseNotAllowed


def test_a_server_certificate_is_no_client_certificate_and_the_other_way_round() -> None:
    """The extended key usage decides which side a certificate may be on."""
    server = self_signed(wish=Wish(extended=(ExtendedKeyUsageOID.SERVER_AUTH,)))
    client = self_signed(wish=Wish(extended=(ExtendedKeyUsageOID.CLIENT_AUTH,)))
    assert status(server.der, listing(server), CLIENT) is CertificateStatus.BadCertificateUseNotAllowed
    assert status(client.der, listing(client), SERVER) is CertificateStatus.BadCertificateUseNotAllowed
    assert passes(server.der, listing(server), SERVER)
    assert passes(client.der, listing(client), CLIENT)


def test_a_ca_does_not_pass_as_an_application() -> None:
    """A trusted CA's own certificate secures no channel."""
    ca = root()
    held = listing(ca, crls=(ca.crl(),))
    assert status(ca.der, held) is CertificateStatus.BadCertificateUseNotAllowed


@pytest.mark.parametrize("size", [1024, 8192])
def test_keys_outside_the_policies_lengths_are_refused(size: int) -> None:
    """2048 to 4096 bits, whether trusted or not; longer keys would cost us the time."""
    peer = self_signed(key(70, 1024) if size == 1024 else _huge_key())
    assert status(peer.der, listing(peer)) is CertificateStatus.BadCertificatePolicyCheckFailed


def _huge_key() -> rsa.RSAPrivateKey:
    # Two primes of half the length take long to find; 4104 bits are as much too long as 8192.
    return key(71, 4104)


def test_a_signature_with_sha1_is_refused() -> None:
    """Its hash can be forged."""
    peer = _sha1_signed()
    held = trust_list([parse_certificate(peer)], [], [])
    assert status(peer, held) is CertificateStatus.BadCertificatePolicyCheckFailed


def _sha1_signed() -> bytes:
    """A certificate truly signed with SHA-1, made by hand, as no library makes it any more."""
    sha256, sha1 = bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010105")
    issued = self_signed()
    body = issued.certificate.tbs_certificate_bytes.replace(sha256, sha1)
    signature = issued.private_key.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the attack
    return issued.der.replace(sha256, sha1)[: -len(signature)] + signature


def test_a_key_that_is_not_rsa_is_refused() -> None:
    """The three policies know RSA alone."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hmi")])
    peer = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(private, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    held = trust_list([parse_certificate(peer)], [], [])
    assert status(peer, held) is CertificateStatus.BadCertificatePolicyCheckFailed


def test_our_own_certificate_as_a_peer_is_refused() -> None:
    """A mirror of ourselves is no peer, even where somebody trusted it, and under whatever name."""
    ours = self_signed()
    own = parse_certificate(ours.der).public_key_info
    renamed = self_signed(ours.private_key, Wish(name="another name"))
    assert status(ours.der, listing(ours), own=own) is CertificateStatus.BadSecurityChecksFailed
    assert status(renamed.der, listing(renamed), own=own) is CertificateStatus.BadSecurityChecksFailed


def test_a_critical_extension_that_nobody_knows_makes_a_certificate_invalid() -> None:
    """Critical means: refuse where you don't understand (RFC 5280, 4.2)."""
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    critical = self_signed(wish=Wish(extra=((unknown, True),)))
    harmless = self_signed(wish=Wish(extra=((unknown, False),)))
    with pytest.raises(CertificateRejected):
        parse_certificate(critical.der)
    assert passes(harmless.der, listing(harmless))


def test_what_clients_are_told_hides_what_the_trust_list_holds() -> None:
    """Failures up to the trust list, and revocation, all look the same from outside."""
    hidden = set(CertificateStatus) - TOLD_TO_CLIENTS
    assert {status_for_client(one) for one in hidden} == {CertificateStatus.BadSecurityChecksFailed}
    assert CertificateStatus.BadCertificateUntrusted in hidden
    assert CertificateStatus.BadCertificateRevoked in hidden
    assert CertificateStatus.BadCertificateTimeInvalid not in hidden


@given(st.data())
def test_whatever_bytes_come_are_refused_and_never_raise_anything_else(data: st.DataObject) -> None:
    """A mutated certificate is refused with a status; the trusted original alone passes."""
    original = ORIGINAL.der
    mutated = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    sent = bytes(mutated)[: data.draw(st.integers(0, len(mutated)))]
    if sent != original:
        with pytest.raises(CertificateRejected):
            validated(sent, CLIENT, listing(ORIGINAL), now=NOW)


@given(st.binary(max_size=300))
def test_random_bytes_are_no_certificate(sent: bytes) -> None:
    """Nothing but BadCertificateInvalid for what is none."""
    assert status(sent, TrustList()) is CertificateStatus.BadCertificateInvalid


def test_a_hostile_chain_is_refused_in_bounded_time() -> None:
    """Eight CAs of the same name that all signed each other do not make us search for long."""
    shared = key(60)
    ring = [
        self_signed(shared, replace(CA_WISH, name="ring", serial=number + 1)).issue(
            shared, replace(CA_WISH, name="ring", serial=number + 1, key_identifiers=False)
        )
        for number in range(7)
    ]
    # No certificate of the ring names itself as its issuer's issuer, so the search finds no root.
    other = [one.issue(shared, replace(CA_WISH, name="knot", key_identifiers=False)) for one in ring]
    leaf = other[0].issue(key(61))
    back = [one.issue(shared, replace(CA_WISH, name="knot2", key_identifiers=False)) for one in other]
    sent = leaf.der + b"".join(one.der for one in (*back[:3], *other[:4]))
    started = time.thread_time()
    assert status(sent, TrustList()) in {
        CertificateStatus.BadCertificateChainIncomplete,
        CertificateStatus.BadCertificateUntrusted,
    }
    assert time.thread_time() - started < 0.5


def test_a_loop_of_issuers_ends() -> None:
    """Two CAs that issued each other have no root between them."""
    first_key, second_key = key(50), key(51)
    first = self_signed(second_key, replace(CA_WISH, name="B")).issue(first_key, replace(CA_WISH, name="A"))
    second = self_signed(first_key, replace(CA_WISH, name="A")).issue(second_key, replace(CA_WISH, name="B"))
    leaf = first.issue(key(52))
    sent = leaf.der + first.der + second.der
    assert status(sent, TrustList()) is CertificateStatus.BadCertificateChainIncomplete


def test_too_many_certificates_in_one_message_are_refused() -> None:
    """Eight are more than any plant needs."""
    peer = self_signed()
    assert status(peer.der * 9, listing(peer)) is CertificateStatus.BadCertificateInvalid


def test_a_certificate_is_read_once_and_a_bad_one_is_refused_each_time() -> None:
    """What clients show with each handshake is remembered by its bytes."""
    assert parse_certificate(ORIGINAL.der) is parse_certificate(bytes(bytearray(ORIGINAL.der)))
    for _ in range(2):
        with pytest.raises(CertificateRejected):
            parse_certificate(ORIGINAL.der[:-1])
