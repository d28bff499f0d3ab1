"""Certificates, CAs and revocation lists of every kind, good and hostile, made for the tests."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URI = "urn:plant:hmi"
APPLICATION_USAGE = frozenset(
    {"digital_signature", "content_commitment", "key_encipherment", "data_encipherment"}
)
CA_USAGE = frozenset({"digital_signature", "key_cert_sign", "crl_sign"})
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@cache
def key(number: int = 0, size: int = 2048) -> rsa.RSAPrivateKey:
    """The key of this number; the same in one test run, as making keys is slow."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


@dataclass(frozen=True)
class Wish:
    """What the next certificate is to look like; by default a client's and server's, valid now."""

    name: str = "hmi"
    uri: str | None = URI
    hosts: tuple[str, ...] = ("plc1", "127.0.0.1")
    valid_from: datetime = NOW - timedelta(days=1)
    valid_to: datetime = NOW + timedelta(days=365)
    usage: frozenset[str] | None = APPLICATION_USAGE
    extended: tuple[x509.ObjectIdentifier, ...] | None = (
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SERVER_AUTH,
    )
    ca: bool | None = False
    path_length: int | None = None
    serial: int | None = None
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    key_identifiers: bool = True


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, able to issue others, whatever it says of itself."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        """The private key."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def issue(self, private_key: rsa.RSAPrivateKey, wish: Wish | None = None) -> Issued:
        """A certificate that this one signed."""
        built = _builder(wish or Wish(), private_key, self.certificate.subject, self.private_key)
        return Issued(built.sign(self.private_key, hashes.SHA256()), private_key)

    def crl(
        self,
        revoked: Iterable[Issued | int] = (),
        *,
        last: datetime = NOW - timedelta(days=1),
        until: datetime = NOW + timedelta(days=30),
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """A revocation list (DER) of this CA with these certificates, or serial numbers, on it."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(last)
            .next_update(until)
        )
        for one in revoked:
            serial = one if isinstance(one, int) else one.certificate.serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(last).build()
            builder = builder.add_revoked_certificate(entry)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.private_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def self_signed(private_key: rsa.RSAPrivateKey | None = None, wish: Wish | None = None) -> Issued:
    """A certificate that signed itself."""
    private_key, wish = private_key or key(), wish or Wish()
    built = _builder(wish, private_key, _name(wish.name), private_key)
    return Issued(built.sign(private_key, hashes.SHA256()), private_key)


CA_WISH = Wish(name="Plant CA", uri=None, hosts=(), usage=CA_USAGE, extended=None, ca=True)


def root(number: int = 90, **changes: object) -> Issued:
    """A CA that issued itself."""
    return self_signed(key(number), replace(CA_WISH, **changes))  # type: ignore[arg-type]


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    wish: Wish, private_key: rsa.RSAPrivateKey, issuer: x509.Name, issuer_key: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(wish.name))
        .issuer_name(issuer)
        .public_key(private_key.public_key())
        .serial_number(wish.serial or x509.random_serial_number())
        .not_valid_before(wish.valid_from)
        .not_valid_after(wish.valid_to)
    )
    names: list[x509.GeneralName] = [] if wish.uri is None else [x509.UniformResourceIdentifier(wish.uri)]
    for host in wish.hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    extensions: list[tuple[x509.ExtensionType, bool]] = list(wish.extra)
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    if wish.ca is not None:
        extensions.append((x509.BasicConstraints(wish.ca, wish.path_length), True))
    if wish.usage is not None:
        extensions.append((x509.KeyUsage(**{usage: usage in wish.usage for usage in _USAGES}), True))
    if wish.extended is not None:
        extensions.append((x509.ExtendedKeyUsage(wish.extended), False))
    if wish.key_identifiers:
        own = x509.SubjectKeyIdentifier.from_public_key(private_key.public_key())
        issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        extensions += [(own, False), (issuers, False)]
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder
