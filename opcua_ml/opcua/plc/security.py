"""Which endpoint of a PLC is used, and which certificate is believed; nothing weaker than asked for."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.crypto import security_policies
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from opcua_ml.domain.errors import ConnectionRefused
from opcua_ml.opcua.plc.settings import Mode, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from asyncua.client.client import Client

    from opcua_ml.opcua.plc.settings import PlcSecurity

_POLICIES: dict[Policy, type[security_policies.SecurityPolicy]] = {
    Policy.NONE: security_policies.SecurityPolicyNone,
    Policy.BASIC256SHA256: security_policies.SecurityPolicyBasic256Sha256,
    Policy.AES128_SHA256_RSAOAEP: security_policies.SecurityPolicyAes128Sha256RsaOaep,
    Policy.AES256_SHA256_RSAPSS: security_policies.SecurityPolicyAes256Sha256RsaPss,
}
_MODES = {
    Mode.SIGN: ua.MessageSecurityMode.Sign,
    Mode.SIGN_AND_ENCRYPT: ua.MessageSecurityMode.SignAndEncrypt,
}
_SUFFIXES = frozenset({".der", ".pem", ".crt", ".cer"})
_SAFE_FOR_SECRETS = frozenset(policy.URI for key, policy in _POLICIES.items() if key is not Policy.NONE)


async def secure(client: Client, security: PlcSecurity, where: str) -> None:
    """Make the client use exactly the asked policy and mode, towards a certificate that is trusted.

    Raises:
        ConnectionRefused: the PLC does not offer them, or its certificate is not trusted; the endpoints came
            unsigned, so that what is missing there is never a reason to take something weaker.
    """
    if security.is_none:
        return
    if security.certificate is None or security.private_key is None:
        raise ConnectionRefused(
            f"the policy {security.policy} needs our certificate and its key", where=where, found="none"
        )
    endpoints = await client.connect_and_get_server_endpoints()
    offered = _offered(endpoints, security, where)
    certificate = await asyncio.to_thread(trusted_certificate, offered.ServerCertificate, security, where)
    await client.set_security(
        _POLICIES[security.policy],
        security.certificate,
        security.private_key,
        server_certificate=certificate,
        mode=_MODES[security.mode],
    )


async def check_user_token(client: Client, security: PlcSecurity, where: str) -> None:
    """Refuse to send a password that others could read, or to a server that nobody vouches for.

    Raises:
        ConnectionRefused: the PLC wants it so.
    """
    policy = client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
    if policy in _SAFE_FOR_SECRETS:
        if security.is_none:  # then nobody has looked at the certificate that the password is encrypted for
            await asyncio.to_thread(
                trusted_certificate, client.security_policy.peer_certificate, security, where
            )
        return
    plain = policy in (None, "", security_policies.SecurityPolicyNone.URI)
    if plain and security.mode is Mode.SIGN_AND_ENCRYPT and not security.is_none:
        return
    raise ConnectionRefused(
        "the PLC wants the password in clear text"
        if plain
        else "the PLC wants the password weakly encrypted",
        where=where,
        found=policy or "no policy",
        wanted="a secure policy for user names, or SignAndEncrypt",
    )


def _offered(
    endpoints: Sequence[ua.EndpointDescription], security: PlcSecurity, where: str
) -> ua.EndpointDescription:
    uri, mode = _POLICIES[security.policy].URI, _MODES[security.mode]
    for endpoint in endpoints:
        if endpoint.SecurityPolicyUri == uri and endpoint.SecurityMode == mode:
            return endpoint
    offers = sorted(
        {f"{str(one.SecurityPolicyUri).rpartition('#')[2]} {one.SecurityMode.name}" for one in endpoints}
    )
    raise ConnectionRefused(
        "the PLC does not offer the wanted security",
        where=where,
        found=", ".join(offers) or "no endpoint",
        wanted=f"{security.policy} {security.mode}",
    )


def trusted_certificate(der: bytes | None, security: PlcSecurity, where: str) -> bytes:
    """The PLC's own certificate of the chain that it sent, if somebody we trust vouches for it.

    Raises:
        ConnectionRefused: nobody does, or it is not valid now.
    """
    if not der:
        raise ConnectionRefused("the PLC has no certificate", where=where)
    der = der[: int.from_bytes(der[2:4], "big") + 4]  # a chain may follow
    digest = hashlib.sha256(der).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        raise ConnectionRefused("the PLC's certificate can't be read", where=where) from None
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise ConnectionRefused(
            "the PLC's certificate is not valid now",
            where=where,
            found=f"{certificate.not_valid_before_utc.date()} to {certificate.not_valid_after_utc.date()}",
        )
    if security.server_certificate_sha256 is not None:
        if digest == security.server_certificate_sha256.lower():
            return der
        raise ConnectionRefused(
            "the PLC's certificate is not the pinned one",
            where=where,
            found=f"SHA-256 {digest}",
            wanted=security.server_certificate_sha256.lower(),
        )
    if any(_vouches(known, certificate) for known in _certificates(security.trusted)):
        return der
    raise ConnectionRefused(
        "the PLC's certificate is not trusted",
        where=where,
        found=f"SHA-256 {digest}",
        wanted=f"it, or its issuer, in {', '.join(map(str, security.trusted)) or 'a folder of trusted ones'}",
    )


def _vouches(known: x509.Certificate, certificate: x509.Certificate) -> bool:
    if known == certificate:
        return True
    try:
        if not known.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(known)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return known.not_valid_before_utc <= datetime.now(UTC) <= known.not_valid_after_utc


def _certificates(places: Sequence[Path]) -> Iterator[x509.Certificate]:
    for place in places:
        for file in sorted(place.iterdir()) if place.is_dir() else [place]:
            if file.suffix.lower() not in _SUFFIXES or not file.is_file():
                continue
            data = file.read_bytes()
            pem = data.lstrip().startswith(b"-----")
            try:
                yield x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
            except ValueError:
                continue  # not a certificate: it vouches for nobody
