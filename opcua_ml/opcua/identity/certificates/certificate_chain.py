"""From what a peer sent to a chain of certificates that ends at a root, in bounded work.

Source: OPC UA Part 4, 6.1.3, steps «Certificate Structure», «Build Certificate Chain» and «Signature»;
Part 6, 6.2.6 (several DER certificates one after another).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.identity.certificates.key_policy import key_weakness, signature_weakness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.trust_list import TrustList

MOST_CERTIFICATES = 8
LARGEST_CHAIN = 64 * 1024
LONGEST_CHAIN = 6
MOST_SIGNATURES = 50
"""Signatures that are checked for one peer before its chain counts as incomplete."""


def split_certificates(sent: bytes) -> list[Certificate]:
    """The certificates that stand one after another in `sent`; the first is the peer's own.

    Raises:
        CertificateRejected: BadCertificateInvalid; nothing there, too many, too long, or bytes left over.
    """
    if len(sent) > LARGEST_CHAIN:
        raise CertificateRejected(
            CertificateStatus.BadCertificateInvalid,
            "the certificate chain is too long",
            found=f"{len(sent)} bytes",
            wanted=f"at most {LARGEST_CHAIN}",
        )
    certificates: list[Certificate] = []
    start = 0
    while start < len(sent) or not certificates:
        if len(certificates) == MOST_CERTIFICATES:
            raise CertificateRejected(
                CertificateStatus.BadCertificateInvalid,
                "too many certificates in one chain",
                certificate=certificates[0].der,
                wanted=f"at most {MOST_CERTIFICATES}",
            )
        size = _der_size(sent, start)
        certificates.append(parse_certificate(sent[start : start + size]))
        start += size
    return certificates


def _der_size(sent: bytes, start: int) -> int:
    """Bytes of the DER sequence at `start` (X.690, 8.1.3); of all the rest where its length is no DER."""
    rest = len(sent) - start
    if rest < 4 or sent[start] != 0x30:
        return rest
    first = sent[start + 1]
    if first < 0x80:
        return min(2 + first, rest)
    digits = first & 0x7F
    if not 1 <= digits <= 3:
        return rest
    return min(2 + digits + int.from_bytes(sent[start + 2 : start + 2 + digits], "big"), rest)


def build_chain(sent: Sequence[Certificate], trust_list: TrustList) -> tuple[Certificate, ...]:
    """The chain from the peer's own certificate, `sent[0]`, to a certificate that issued itself.

    Every signature in it has been checked, except where no security policy allows its hash or its
    issuer's key: such a chain is for the next step to refuse.

    Raises:
        CertificateRejected: BadCertificateChainIncomplete where an issuer is not to be found;
            BadCertificateInvalid where one is found by name, but did not sign.
    """
    search = _Search(sent[1:], trust_list)
    chain = search.to_root((sent[0],))
    if chain is not None:
        return chain
    leaf = sent[0]
    if search.wrong_signature:
        raise CertificateRejected(
            CertificateStatus.BadCertificateInvalid,
            "the certificate's signature is not its issuer's",
            certificate=leaf.der,
            where=leaf.subject_text,
        )
    raise CertificateRejected(
        CertificateStatus.BadCertificateChainIncomplete,
        "an issuer of the certificate is not known",
        certificate=leaf.der,
        where=leaf.subject_text,
        wanted=f"the CA certificates up to {leaf.issuer_text} in the folder issuers or trusted",
    )


@dataclass(slots=True)
class _Search:
    """A depth-first search for issuers, with a budget."""

    sent: Sequence[Certificate]
    trust_list: TrustList
    signatures_left: int = MOST_SIGNATURES
    wrong_signature: bool = field(default=False)

    def to_root(self, chain: tuple[Certificate, ...]) -> tuple[Certificate, ...] | None:
        last = chain[-1]
        if last.names_itself and self._signed(last, last):
            return chain
        if len(chain) == LONGEST_CHAIN:
            return None
        for issuer in self._candidates(last):
            if any(issuer.der == known.der for known in chain) or not self._signed(last, issuer):
                continue
            found = self.to_root((*chain, issuer))
            if found is not None:
                return found
        return None

    def _candidates(self, issued: Certificate) -> Iterable[Certificate]:
        yield from self.trust_list.issuers_named(issued.issuer)
        for certificate in self.sent:
            if certificate.subject == issued.issuer:
                yield certificate

    def _signed(self, issued: Certificate, issuer: Certificate) -> bool:
        wanted, held = issued.issuer_key_identifier, issuer.key_identifier
        if wanted is not None and held is not None and wanted != held:
            return False
        if key_weakness(issuer.public_key) or signature_weakness(issued):
            return True
        if not self.signatures_left:
            return False
        self.signatures_left -= 1
        try:
            issued.parsed.verify_directly_issued_by(issuer.parsed)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            self.wrong_signature = True
            return False
        return True
