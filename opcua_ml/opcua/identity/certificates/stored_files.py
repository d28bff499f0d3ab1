"""Certificates and revocation lists in a folder: DER or PEM, as administrators put them there."""

from __future__ import annotations

import os
import re
import warnings
from typing import TYPE_CHECKING, TypeVar

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from opcua_ml.opcua.identity.certificates.certificate import Certificate, parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_log = structlog.get_logger(__name__)
_Item = TypeVar("_Item")

LARGEST_FILE = 16 * 1024 * 1024
_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_NOT_FOR_US = (".tmp", ".txt", ".md")

Fingerprint = tuple[tuple[str, int, int], ...]
"""Path, size and time of last change of every file: equal where nothing has changed."""


def fingerprint(folders: Iterable[Path]) -> Fingerprint:
    """What the folders look like now, at the price of one stat per file."""
    found: list[tuple[str, int, int]] = []
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    stat = entry.stat()
                    found.append((entry.path, stat.st_size, stat.st_mtime_ns))
        except OSError:
            found.append((str(folder), -1, -1))
    return tuple(sorted(found))


def read_certificates(folder: Path) -> list[Certificate]:
    """Every certificate in the folder's files."""
    return [item for file in _files(folder) for item in _read(file, certificates_in)]


def certificates_by_file(folder: Path) -> list[tuple[Path, list[Certificate]]]:
    """The same, with the file that each stands in."""
    return [(file, _read(file, certificates_in)) for file in _files(folder)]


def read_crls(folder: Path) -> list[x509.CertificateRevocationList]:
    """Every revocation list in the folder's files."""
    return [item for file in _files(folder) for item in _read(file, _crls_in)]


def certificates_in(content: bytes) -> list[Certificate]:
    """The certificates in a file's content: one DER, or any number of PEM blocks.

    Raises:
        CertificateRejected, ValueError: there is none, or one of them can't be read.
    """
    if not content.lstrip().startswith(b"-----"):
        return [parse_certificate(content)]
    blocks = _PEM_BLOCK.findall(content)
    if not blocks:
        raise ValueError("no certificate in the file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = [x509.load_pem_x509_certificate(block) for block in blocks]
    return [parse_certificate(one.public_bytes(serialization.Encoding.DER)) for one in loaded]


def _crls_in(content: bytes) -> list[x509.CertificateRevocationList]:
    if content.lstrip().startswith(b"-----"):
        crl = x509.load_pem_x509_crl(content)
    else:
        crl = x509.load_der_x509_crl(content)
    # Read now what would else fail at the first client.
    crl.issuer.public_bytes()
    _ = crl.extensions, crl.next_update_utc, crl.last_update_utc
    return [crl]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(
            file
            for file in folder.iterdir()
            if file.is_file() and not file.name.startswith(".") and file.suffix.lower() not in _NOT_FOR_US
        )
    except OSError as error:
        _log.warning("a folder of certificates can't be read", folder=str(folder), why=str(error))
        return []


def _read(file: Path, parse: Callable[[bytes], list[_Item]]) -> list[_Item]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ValueError("the file is too large")  # noqa: TRY301 - told in the same place as all others
        return parse(file.read_bytes())
    except (OSError, ValueError, CertificateRejected, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        _log.warning("a file among the certificates is not used", file=str(file), why=str(error))
        return []
