"""What an administrator does with the folders of trust: look, accept, reject, remove."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.atomic_file import write_atomically
from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
from opcua_ml.opcua.identity.certificates.certificate_validation import Expectation, validated
from opcua_ml.opcua.identity.certificates.stored_files import certificates_by_file
from opcua_ml.opcua.identity.certificates.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from pathlib import Path

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders

SHORTEST_PREFIX = 8
_SEPARATORS = re.compile(r"[\s:-]+")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


class TrustError(OpcuaMlError):
    """A certificate can't be accepted, rejected or removed."""


class Trust(StrEnum):
    """Where a certificate stands."""

    TRUSTED = "trusted"
    ISSUER = "issuer"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """One certificate in the store."""

    trust: Trust
    certificate: Certificate
    file: Path
    alone: bool

    @property
    def thumbprint(self) -> str:
        """SHA-256, which names it in the store."""
        return self.certificate.thumbprint


def stored_certificates(folders: PkiFolders) -> Iterator[StoredCertificate]:
    """Every certificate that can be read: the rejected first, as they wait for a decision."""
    for trust, folder in _places(folders):
        for file, certificates in certificates_by_file(folder):
            for certificate in certificates:
                yield StoredCertificate(trust, certificate, file, alone=len(certificates) == 1)


def find(folders: PkiFolders, thumbprint: str, among: Collection[Trust]) -> StoredCertificate:
    """The one certificate of this thumbprint.

    Args:
        folders: the store.
        thumbprint: SHA-256 or SHA-1, hexadecimal, whole or its first 8 digits or more; case, colons and
            blanks don't count. It is compared with thumbprints and never becomes a path.
        among: places to look in.

    Raises:
        TrustError: none, several, or no thumbprint at all.
    """
    wanted = _SEPARATORS.sub("", thumbprint).lower()
    if len(wanted) < SHORTEST_PREFIX or not _HEXADECIMAL.fullmatch(wanted):
        raise TrustError(
            "no thumbprint", found=repr(thumbprint), wanted=f"at least {SHORTEST_PREFIX} hexadecimal digits"
        )
    found = {
        stored.thumbprint: stored
        for stored in stored_certificates(folders)
        if stored.trust in among
        and (stored.thumbprint.startswith(wanted) or stored.certificate.opc_ua_thumbprint.startswith(wanted))
    }
    if len(found) != 1:
        raise TrustError(
            "several certificates begin like this" if found else "there is no such certificate",
            where=str(folders.root),
            found=", ".join(sorted(found)) or wanted,
            wanted=f"a thumbprint of a certificate that is {' or '.join(sorted(among))}",
        )
    return next(iter(found.values()))


def accept(folders: PkiFolders, thumbprint: str, *, dry_run: bool = False) -> StoredCertificate:
    """Move a rejected certificate to the trusted ones; a running server sees it within a second.

    Raises:
        TrustError: see `find`.
        OSError: the store can't be written.
    """
    stored = find(folders, thumbprint, {Trust.REJECTED})
    if not dry_run:
        _move(stored, folders.trusted_certificates)
    return stored


def obstacle(folders: PkiFolders, stored: StoredCertificate, *, now: datetime) -> str | None:
    """Why an application with this certificate is refused though it is trusted; None where it is not.

    Revocation lists are left out, as the server may do without them; so are hosts and the ApplicationUri,
    which only the connection shows.
    """
    certificate, found = stored.certificate, None
    trusted = TrustStore(folders).current()
    for use in (CertificateUse.CLIENT, CertificateUse.SERVER):
        wanted = Expectation(use, pinned=frozenset({certificate.thumbprint}), needs_revocation_list=False)
        try:
            validated(certificate.der, wanted, trusted, now=now)
        except CertificateRejected as rejected:
            found = found or rejected.sentence
        else:
            return None
    return found


def reject(folders: PkiFolders, thumbprint: str, *, dry_run: bool = False) -> StoredCertificate:
    """Move a trusted certificate to the rejected ones.

    Raises:
        TrustError: see `find`; or its file holds others too.
        OSError: the store can't be written.
    """
    stored = find(folders, thumbprint, {Trust.TRUSTED})
    _check_alone(stored)
    if not dry_run:
        _move(stored, folders.rejected)
    return stored


def remove(folders: PkiFolders, thumbprint: str, *, dry_run: bool = False) -> StoredCertificate:
    """Delete a certificate from the store, wherever it stands.

    Raises:
        TrustError: see `find`; or its file holds others too.
        OSError: the store can't be written.
    """
    stored = find(folders, thumbprint, set(Trust))
    _check_alone(stored)
    if not dry_run:
        stored.file.unlink(missing_ok=True)
    return stored


def _places(folders: PkiFolders) -> tuple[tuple[Trust, Path], ...]:
    return (
        (Trust.REJECTED, folders.rejected),
        (Trust.TRUSTED, folders.trusted_certificates),
        (Trust.ISSUER, folders.issuer_certificates),
    )


def _move(stored: StoredCertificate, folder: Path) -> None:
    # First the new place, then not the old one: at no moment is the certificate nowhere.
    write_atomically(folder / f"{stored.thumbprint}.der", stored.certificate.der)
    stored.file.unlink(missing_ok=True)


def _check_alone(stored: StoredCertificate) -> None:
    if not stored.alone:
        raise TrustError(
            "the certificate's file holds others too, which would go with it",
            where=str(stored.file),
            wanted="a file for each certificate",
        )
