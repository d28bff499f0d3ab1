"""Certificates that a CA issued: chains, what CAs may do, and what they took back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from opcua_ml.opcua.identity.certificates.certificate_status import CertificateStatus
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
from opcua_ml.opcua.identity.certificates.certificate_validation import Expectation
from tests.unit.opcua.identity.authority import CA_USAGE, CA_WISH, NOW, Issued, Wish, key, root, self_signed
from tests.unit.opcua.identity.certificates.test_certificate_validation import listing, passes, status


@pytest.fixture(scope="module")
def ca() -> Issued:
    """A root."""
    return root()


@pytest.fixture(scope="module")
def middle(ca: Issued) -> Issued:
    """A CA below it."""
    return ca.issue(key(91), replace(CA_WISH, name="Line CA"))


@pytest.fixture(scope="module")
def leaf(middle: Issued) -> Issued:
    """An application below that."""
    return middle.issue(key(1))


def test_a_certificate_of_a_trusted_ca_passes(ca: Issued) -> None:
    """One trusted CA lets its applications in."""
    peer = ca.issue(key(1))
    assert passes(peer.der, listing(ca, crls=(ca.crl(),)))


def test_a_chain_may_come_from_the_peer_or_from_the_store(ca: Issued, middle: Issued, leaf: Issued) -> None:
    """What links the peer with a trusted CA may stand on either side."""
    crls = (ca.crl(), middle.crl())
    assert passes(leaf.der + middle.der, listing(ca, crls=crls))
    assert passes(leaf.der, listing(ca, issuers=(middle,), crls=crls))
    assert passes(leaf.der, listing(leaf, issuers=(ca, middle), crls=crls))


def test_a_chain_without_its_root_is_incomplete_even_below_a_trusted_ca(middle: Issued, leaf: Issued) -> None:
    """Part 4, 6.1.3 validates back to a root."""
    held = listing(middle, crls=(middle.crl(),))
    assert status(leaf.der, held) is CertificateStatus.BadCertificateChainIncomplete


def test_a_chain_that_nobody_trusts_is_untrusted(ca: Issued, middle: Issued, leaf: Issued) -> None:
    """Issuers that only complete chains give no trust."""
    held = listing(issuers=(ca, middle), crls=(ca.crl(), middle.crl()))
    assert status(leaf.der, held) is CertificateStatus.BadCertificateUntrusted


def test_a_ca_of_the_same_name_and_another_key_does_not_vouch(ca: Issued) -> None:
    """A forger can copy the CA's name and its key identifier, but not sign for it."""
    forger = self_signed(key(92), replace(CA_WISH, key_identifiers=False))
    peer = forger.issue(key(1), Wish(key_identifiers=False))
    held = listing(ca, crls=(ca.crl(),))
    assert status(peer.der, held) is CertificateStatus.BadCertificateInvalid


def test_the_right_one_of_two_cas_of_the_same_name_is_found(ca: Issued) -> None:
    """A CA that changed its key keeps its name; the old and the new one stand side by side."""
    renewed = self_signed(key(93), CA_WISH)
    peer = renewed.issue(key(1))
    assert passes(peer.der, listing(ca, renewed, crls=(ca.crl(), renewed.crl())))


def test_an_expired_issuer_fails_its_applications() -> None:
    """Told apart from an expired application."""
    old = root(94, valid_to=NOW - timedelta(days=1))
    peer = old.issue(key(1))
    held = listing(old, crls=(old.crl(),))
    assert status(peer.der, held) is CertificateStatus.BadCertificateIssuerTimeInvalid


@pytest.mark.parametrize(
    "changes",
    [
        {"ca": False},
        {"ca": None},
        {"usage": CA_USAGE - {"key_cert_sign"}},
        {"usage": CA_USAGE - {"crl_sign"}},
        {"usage": None},
    ],
)
def test_what_is_no_ca_issues_nothing(changes: dict[str, object]) -> None:
    """A trusted certificate that may not issue does not make others trusted."""
    fake = root(95, **changes)
    peer = fake.issue(key(1))
    held = listing(fake, crls=(fake.crl(),))
    assert status(peer.der, held) is CertificateStatus.BadCertificateIssuerUseNotAllowed


def test_a_trusted_application_makes_no_others_trusted() -> None:
    """Self-signed applications of some stacks say that they are CAs and may sign certificates."""
    usage = Wish().usage
    assert usage is not None
    application = self_signed(key(2), Wish(name="asyncua", ca=True, usage=usage | {"key_cert_sign"}))
    minted = application.issue(key(1))
    held = listing(application, crls=(application.crl(),))
    assert passes(application.der, held)
    assert status(minted.der, held) is CertificateStatus.BadCertificateIssuerUseNotAllowed


def test_a_ca_below_one_that_allows_none_is_refused() -> None:
    """The path length of RFC 5280, 4.2.1.9."""
    top = root(96, path_length=0)
    below = top.issue(key(97), replace(CA_WISH, name="below"))
    peer = below.issue(key(1))
    held = listing(top, crls=(top.crl(), below.crl()))
    assert status(peer.der + below.der, held) is CertificateStatus.BadCertificateIssuerUseNotAllowed
    assert passes(top.issue(key(1)).der, held)


def test_a_revoked_certificate_is_refused(ca: Issued) -> None:
    """The CA took it back; another certificate of the same CA stays valid."""
    revoked, kept = ca.issue(key(1)), ca.issue(key(2))
    held = listing(ca, crls=(ca.crl([revoked]),))
    assert status(revoked.der, held) is CertificateStatus.BadCertificateRevoked
    assert passes(kept.der, held)


def test_a_certificate_reissued_under_a_revoked_serial_number_is_refused(ca: Issued) -> None:
    """A serial number that was revoked stays revoked, whatever key comes with it."""
    first = ca.issue(key(1), Wish(serial=4711))
    again = ca.issue(key(2), Wish(serial=4711))
    assert status(again.der, listing(ca, crls=(ca.crl([first]),))) is CertificateStatus.BadCertificateRevoked


def test_a_directly_trusted_certificate_is_refused_once_revoked(ca: Issued) -> None:
    """Trust in the application does not outweigh its CA's word."""
    peer = ca.issue(key(1))
    held = listing(peer, issuers=(ca,), crls=(ca.crl([peer]),))
    assert status(peer.der, held) is CertificateStatus.BadCertificateRevoked


def test_a_revoked_issuer_fails_its_applications(ca: Issued, middle: Issued, leaf: Issued) -> None:
    """Told apart from a revoked application."""
    held = listing(ca, crls=(ca.crl([middle]), middle.crl()))
    assert status(leaf.der + middle.der, held) is CertificateStatus.BadCertificateIssuerRevoked


def test_another_ca_of_the_same_name_neither_revokes_nor_clears(ca: Issued) -> None:
    """A revocation list counts only where the issuer's own key signed it."""
    peer = ca.issue(key(1))
    forger = self_signed(key(92), CA_WISH)
    only_forged = listing(ca, crls=(forger.crl(),))
    assert status(peer.der, only_forged) is CertificateStatus.BadCertificateRevocationUnknown
    assert passes(peer.der, listing(ca, crls=(ca.crl(), forger.crl([peer]))))
    both = listing(ca, crls=(forger.crl(), ca.crl([peer])))
    assert status(peer.der, both) is CertificateStatus.BadCertificateRevoked


def test_without_a_revocation_list_the_status_is_unknown(ca: Issued, middle: Issued, leaf: Issued) -> None:
    """For the application and for its issuers; an administrator may do without."""
    sent = leaf.der + middle.der
    no_list_of_middle = listing(ca, crls=(ca.crl(),))
    no_list_of_root = listing(ca, crls=(middle.crl(),))
    assert status(sent, no_list_of_middle) is CertificateStatus.BadCertificateRevocationUnknown
    assert status(sent, no_list_of_root) is CertificateStatus.BadCertificateIssuerRevocationUnknown
    lenient = Expectation(CertificateUse.CLIENT, needs_revocation_list=False)
    assert passes(sent, listing(ca), lenient)


def test_an_outdated_revocation_list_clears_nobody_but_still_revokes(ca: Issued) -> None:
    """An old list is no proof of innocence, even where lists are not required."""
    revoked, other = ca.issue(key(1)), ca.issue(key(2))
    held = listing(ca, crls=(ca.crl([revoked], until=NOW - timedelta(seconds=1)),))
    lenient = Expectation(CertificateUse.CLIENT, needs_revocation_list=False)
    assert status(other.der, held) is CertificateStatus.BadCertificateRevocationUnknown
    assert status(revoked.der, held, lenient) is CertificateStatus.BadCertificateRevoked


def test_a_revocation_list_for_a_part_of_the_certificates_clears_nobody(ca: Issued) -> None:
    """A delta, or a list with a critical extension, does not speak of all certificates."""
    peer = ca.issue(key(1))
    delta = ca.crl(extensions=[(x509.DeltaCRLIndicator(1), True)])
    assert status(peer.der, listing(ca, crls=(delta,))) is CertificateStatus.BadCertificateRevocationUnknown


def test_a_weak_ca_is_refused(ca: Issued) -> None:
    """The policies' key lengths hold for the whole chain."""
    weak = self_signed(key(70, 1024), CA_WISH)
    peer = weak.issue(key(1))
    held = listing(weak, crls=(weak.crl(),))
    assert status(peer.der, held) is CertificateStatus.BadCertificatePolicyCheckFailed
    assert passes(ca.issue(key(1)).der, listing(ca, crls=(ca.crl(),)))


def test_a_user_is_trusted_by_pin_and_by_nothing_else(ca: Issued) -> None:
    """A user's certificate is one that the users' file names; the trust list is for applications."""
    user = ca.issue(key(5), Wish(name="anna", uri=None, usage=frozenset({"digital_signature"})))
    other = ca.issue(key(6), Wish(name="bert", uri=None, usage=frozenset({"digital_signature"})))
    held = listing(ca, crls=(ca.crl(),))
    pinned = frozenset({thumbprint(user)})
    expectation = Expectation(CertificateUse.USER, pinned=pinned, only_pinned=True)
    assert passes(user.der, held, expectation)
    assert status(other.der, held, expectation) is CertificateStatus.BadCertificateUntrusted
    revoked = listing(ca, crls=(ca.crl([user]),))
    assert status(user.der, revoked, expectation) is CertificateStatus.BadCertificateRevoked


def thumbprint(issued: Issued) -> str:
    """SHA-256 of a certificate, computed here."""
    from cryptography.hazmat.primitives import hashes

    return issued.certificate.fingerprint(hashes.SHA256()).hex()
