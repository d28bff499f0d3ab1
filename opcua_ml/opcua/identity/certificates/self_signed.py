"""A self-signed application instance certificate (OPC UA Part 6, 6.2.2)."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from opcua_ml.opcua.identity.certificates.certificate import Certificate, parse_certificate
from opcua_ml.opcua.identity.certificates.own_hosts import dns_name, is_address

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from opcua_ml.opcua.identity.certificates.application import Application

CLOCK_SKEW = timedelta(days=1)
"""How far behind ours a peer's clock may be, for it to find our new certificate valid."""
_LONGEST_NAME = 64


def self_signed(application: Application, key: rsa.RSAPrivateKey, now: datetime) -> Certificate:
    """A certificate for `application` as client and server, signed by itself.

    It says of itself that it is no CA, though keyCertSign is set, as the standard wants of self-signed
    certificates: what it may sign is itself.
    """
    public = key.public_key()
    name = _subject(application)
    serial = x509.random_serial_number()
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(application.uri)]
    names += [
        x509.IPAddress(ipaddress.ip_address(host)) if is_address(host) else x509.DNSName(dns_name(host))
        for host in application.hosts
    ]
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=application.valid_days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier(identifier.digest, [x509.DirectoryName(name)], serial), critical=False
        )
    )
    certificate = builder.sign(key, hashes.SHA256())
    return parse_certificate(certificate.public_bytes(serialization.Encoding.DER))


def _subject(application: Application) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COMMON_NAME, application.name[:_LONGEST_NAME]),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, application.organization[:_LONGEST_NAME]),
    ]
    host = next((host for host in application.hosts if not is_address(host)), None)
    if host is not None:
        attributes.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, dns_name(host)))
    return x509.Name(attributes)


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
