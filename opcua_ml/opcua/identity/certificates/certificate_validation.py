"""The steps by which a peer's certificate is believed, in the standard's order; the first failure counts.

Source: OPC UA Part 4, 6.1.3, table «Certificate validation steps».
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.certificates.certificate_chain import build_chain, split_certificates
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.identity.certificates.certificate_usage import may_be_used, may_issue
from opcua_ml.opcua.identity.certificates.key_policy import policy_weakness
from opcua_ml.opcua.identity.certificates.own_hosts import dns_name, is_address
from opcua_ml.opcua.identity.certificates.printable_text import printable
from opcua_ml.opcua.identity.certificates.revocation import Revocation, revocation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
    from opcua_ml.opcua.identity.certificates.trust_list import TrustList


_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one certificate has to be good for.

    Attributes:
        use: decides which key usages are wanted.
        application_uri: of the ApplicationDescription that came with it; None before one came.
        host: of the URL that we connected to; None as a server.
        pinned: SHA-256 thumbprints that are trusted for this use without being in the trust list.
        only_pinned: whether the trust list does not count for this use, as for users.
        needs_revocation_list: whether a CA without a valid revocation list fails its certificates.
    """

    use: CertificateUse
    application_uri: str | None = None
    host: str | None = None
    pinned: frozenset[str] = frozenset()
    only_pinned: bool = False
    needs_revocation_list: bool = True


def validated(
    sent: bytes,
    expectation: Expectation,
    trust_list: TrustList,
    *,
    now: datetime,
    own_public_key: bytes | None = None,
) -> Certificate:
    """The peer's own certificate, after every step has passed.

    Args:
        sent: what the peer sent: its certificate (DER), perhaps followed by CA certificates.
        expectation: what it has to be good for.
        trust_list: whom we trust.
        now: timezone-aware.
        own_public_key: our SubjectPublicKeyInfo; a peer that shows our own key is refused.

    Raises:
        CertificateRejected: with the status of the first step that failed.
    """
    chain = build_chain(split_certificates(sent), trust_list)
    leaf = chain[0]
    _check_policy(chain)
    _check_not_ourselves(leaf, own_public_key)
    _check_trusted(chain, expectation, trust_list)
    _check_times(chain, now)
    _check_host(leaf, expectation.host)
    _check_uri(leaf, expectation.application_uri)
    _check_usage(chain, expectation.use)
    _check_revocation(chain, trust_list, now, needs_list=expectation.needs_revocation_list)
    return leaf


def _check_policy(chain: Sequence[Certificate]) -> None:
    for certificate in chain:
        weakness = policy_weakness(certificate)
        if weakness is not None:
            raise _rejected(
                CertificateStatus.BadCertificatePolicyCheckFailed,
                f"{_which(certificate, chain)} is too weak: {weakness}",
                chain[0],
            )


def _check_not_ourselves(leaf: Certificate, own_public_key: bytes | None) -> None:
    if own_public_key is not None and leaf.public_key_info == own_public_key:
        raise _rejected(CertificateStatus.BadSecurityChecksFailed, "the peer shows our own certificate", leaf)


def _check_trusted(chain: Sequence[Certificate], expectation: Expectation, trust_list: TrustList) -> None:
    if chain[0].thumbprint in expectation.pinned:
        return
    if expectation.only_pinned or not any(trust_list.trusts(certificate) for certificate in chain):
        raise _rejected(CertificateStatus.BadCertificateUntrusted, "the certificate is not trusted", chain[0])


def _check_times(chain: Sequence[Certificate], now: datetime) -> None:
    for certificate in chain:
        if certificate.valid_from <= now <= certificate.valid_to:
            continue
        leaf = certificate is chain[0]
        raise _rejected(
            CertificateStatus.BadCertificateTimeInvalid
            if leaf
            else CertificateStatus.BadCertificateIssuerTimeInvalid,
            f"{_which(certificate, chain)} is {'expired' if now > certificate.valid_to else 'not valid yet'}",
            chain[0],
            found=f"{now:{_TIME}}",
            wanted=f"{certificate.valid_from:{_TIME}} to {certificate.valid_to:{_TIME}}",
        )


def _check_host(leaf: Certificate, host: str | None) -> None:
    if host is None:
        return
    try:
        known = (
            str(ipaddress.ip_address(host)) in leaf.addresses
            if is_address(host)
            else dns_name(host) in leaf.host_names
        )
    except UnicodeError:
        known = False
    if not known:
        raise _rejected(
            CertificateStatus.BadCertificateHostNameInvalid,
            "the certificate is for other hosts",
            leaf,
            found=printable(", ".join((*leaf.host_names, *leaf.addresses))),
            wanted=host,
        )


def _check_uri(leaf: Certificate, application_uri: str | None) -> None:
    if application_uri is not None and application_uri not in leaf.application_uris:
        raise _rejected(
            CertificateStatus.BadCertificateUriInvalid,
            "the certificate is for another ApplicationUri",
            leaf,
            found=printable(", ".join(leaf.application_uris)),
            wanted=printable(application_uri),
        )


def _check_usage(chain: Sequence[Certificate], use: CertificateUse) -> None:
    leaf = chain[0]
    if not may_be_used(leaf, use):
        raise _rejected(
            CertificateStatus.BadCertificateUseNotAllowed,
            f"the certificate may not be used by a {use.value}",
            leaf,
        )
    for below, issuer in enumerate(chain[1:]):
        if not may_issue(issuer, below):
            raise _rejected(
                CertificateStatus.BadCertificateIssuerUseNotAllowed,
                f"{issuer.subject_text} may not issue certificates",
                leaf,
            )


def _check_revocation(
    chain: Sequence[Certificate], trust_list: TrustList, now: datetime, *, needs_list: bool
) -> None:
    """Part 4 looks for all lists first and into them afterwards; what is revoked counts either way."""
    leaf = chain[0]
    verdicts = [
        (certificate, revocation(certificate, issuer, trust_list, now))
        for certificate, issuer in pairwise(chain)
    ]
    for certificate, verdict in verdicts:
        if verdict is Revocation.REVOKED:
            raise _rejected(
                CertificateStatus.BadCertificateRevoked
                if certificate is leaf
                else CertificateStatus.BadCertificateIssuerRevoked,
                f"{_which(certificate, chain)} is revoked",
                leaf,
            )
    for certificate, verdict in verdicts:
        if verdict is Revocation.UNKNOWN and needs_list:
            raise _rejected(
                CertificateStatus.BadCertificateRevocationUnknown
                if certificate is leaf
                else CertificateStatus.BadCertificateIssuerRevocationUnknown,
                f"there is no valid revocation list of {certificate.issuer_text}",
                leaf,
            )


def _which(certificate: Certificate, chain: Sequence[Certificate]) -> str:
    return "the certificate" if certificate is chain[0] else f"its issuer {certificate.subject_text}"


def _rejected(
    status: CertificateStatus, what: str, leaf: Certificate, *, found: object = None, wanted: object = None
) -> CertificateRejected:
    return CertificateRejected(
        status, what, certificate=leaf.der, where=leaf.subject_text, found=found, wanted=wanted
    )
