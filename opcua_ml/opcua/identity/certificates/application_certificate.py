"""Our own certificate: made at the first start, kept after that, renewed only where nobody else issued it.

Source: OPC UA Part 6, 6.2.2 (its fields); Part 4, 6.1.2 (made when the application is installed).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from opcua_ml.atomic_file import readable_by_others, restrict_to_owner, write_atomically
from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.certificates.key_policy import key_weakness, policy_weakness
from opcua_ml.opcua.identity.certificates.own_hosts import dns_name
from opcua_ml.opcua.identity.certificates.self_signed import self_signed
from opcua_ml.opcua.identity.certificates.stored_files import certificates_in

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.identity.certificates.application import Application
    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders

_log = structlog.get_logger(__name__)

FILE = "opcua-ml"
EXPIRES_SOON = timedelta(days=60)


class OwnCertificateUnusable(OpcuaMlError):
    """Our certificate or key is there, but we may not, or can't, use it."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Our certificate with its private key, and with the CAs that issued it."""

    certificate: Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)
    chain: tuple[Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate alone, which is what signatures are made over."""
        return self.certificate.der


def own_certificate(folders: PkiFolders, application: Application, *, now: datetime) -> OwnCertificate:
    """Our certificate and key from the store; made there where there are none.

    A self-signed certificate that has expired, or that is for another ApplicationUri, is made anew with the
    same key, and the old one is kept beside it; one that a CA issued is never touched. A certificate that
    expires within 60 days, or that lacks a host, is used with a warning.

    Args:
        folders: the store.
        application: what the certificate has to say.
        now: timezone-aware.

    Raises:
        OwnCertificateUnusable: key and certificate do not fit, are too weak, can't be read, or the
            certificate is expired or for another ApplicationUri, and a CA issued it.
        OSError: the store can't be written.
    """
    folders.create()
    key_file = folders.own_keys / f"{FILE}.pem"
    certificate_file = folders.own_certificates / f"{FILE}.der"
    if not key_file.exists():
        if certificate_file.exists():
            raise OwnCertificateUnusable(
                "our certificate is there, its private key is not",
                where=str(key_file),
                wanted=f"the key beside it, or no {certificate_file} either",
            )
        key = rsa.generate_private_key(public_exponent=65537, key_size=application.key_size)
        write_atomically(key_file, _pem(key), secret=True)
        return _made(application, key, certificate_file, now)
    key = _read_key(key_file)
    if not certificate_file.exists():
        return _made(application, key, certificate_file, now)
    return _kept(application, key, certificate_file, now)


def _made(application: Application, key: rsa.RSAPrivateKey, file: Path, now: datetime) -> OwnCertificate:
    certificate = self_signed(application, key, now)
    write_atomically(file, certificate.der)
    _log.info("application certificate made", file=str(file), thumbprint=certificate.opc_ua_thumbprint)
    return OwnCertificate(certificate, key)


def _kept(application: Application, key: rsa.RSAPrivateKey, file: Path, now: datetime) -> OwnCertificate:
    certificate, *chain = _read_certificates(file)
    weakness = policy_weakness(certificate)
    if weakness is not None:
        raise OwnCertificateUnusable(f"our certificate is too weak: {weakness}", where=str(file))
    if certificate.public_key_info != _public_key_info(key):
        raise OwnCertificateUnusable(
            "our certificate and our private key do not belong together", where=str(file)
        )
    wrong = _why_unusable(certificate, application, now)
    if wrong is None:
        _warn(certificate, application, file, now)
        return OwnCertificate(certificate, key, tuple(chain))
    if not certificate.names_itself:
        raise OwnCertificateUnusable(
            f"our certificate {wrong}, and only its CA can renew it",
            where=str(file),
            found=certificate.issuer_text,
            wanted=f"a certificate for {application.uri}",
        )
    _log.warning("own certificate renewed; peers have to trust it anew", file=str(file), why=wrong)
    write_atomically(file.with_name(f"{certificate.thumbprint}.old"), certificate.der)
    return _made(application, key, file, now)


def _why_unusable(certificate: Certificate, application: Application, now: datetime) -> str | None:
    if application.uri not in certificate.application_uris:
        return f"is not for the ApplicationUri {application.uri}"
    if now > certificate.valid_to:
        return f"expired at {certificate.valid_to:%Y-%m-%dT%H:%M:%SZ}"
    return None


def _warn(certificate: Certificate, application: Application, file: Path, now: datetime) -> None:
    if now < certificate.valid_from:
        _log.warning(
            "own certificate is not valid yet", file=str(file), valid_from=str(certificate.valid_from)
        )
    if now > certificate.valid_to - EXPIRES_SOON:
        _log.warning("own certificate expires soon", file=str(file), valid_to=str(certificate.valid_to))
    known = {*certificate.host_names, *certificate.addresses}
    missing = [host for host in application.hosts if dns_name(host) not in known]
    if missing:
        _log.warning("own certificate lacks hosts that clients may connect to", file=str(file), hosts=missing)


def _read_key(file: Path) -> rsa.RSAPrivateKey:
    if readable_by_others(file):
        _log.warning("others could read the private key; now only its owner can", file=str(file))
        restrict_to_owner(file)
    content = file.read_bytes()
    try:
        load = (
            serialization.load_pem_private_key
            if content.lstrip().startswith(b"-----")
            else serialization.load_der_private_key
        )
        key = load(content, password=None)
    except (ValueError, TypeError) as error:
        raise OwnCertificateUnusable(
            "our private key can't be read", where=str(file), wanted="an RSA key in PEM without a password"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise OwnCertificateUnusable("our private key is not RSA", where=str(file))
    weakness = key_weakness(key.public_key())
    if weakness is not None:
        raise OwnCertificateUnusable(f"our private key is too weak: {weakness}", where=str(file))
    return key


def _read_certificates(file: Path) -> list[Certificate]:
    try:
        return certificates_in(file.read_bytes())
    except (ValueError, CertificateRejected) as error:
        raise OwnCertificateUnusable("our certificate can't be read", where=str(file)) from error


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_key_info(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
