"""Which endpoint of a PLC is used, and which certificate is believed; nothing weaker than asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from asyncua import ua
from asyncua.crypto import security_policies

from opcua_ml.domain.errors import ConnectionRefused
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.plc.settings import Mode, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua.client.client import Client

    from opcua_ml.opcua.identity.certificates.certificate import Certificate
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
_SAFE_FOR_SECRETS = frozenset(policy.URI for key, policy in _POLICIES.items() if key is not Policy.NONE)
_MENDED_BY_TRUST = frozenset(
    {CertificateStatus.BadCertificateUntrusted, CertificateStatus.BadCertificateChainIncomplete}
)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """What a PLC was believed by: its certificate as sent, and the ApplicationUri of its endpoint."""

    sent: bytes = field(repr=False)
    application_uri: str


async def secure(client: Client, security: PlcSecurity, where: str) -> ShownCertificate | None:
    """Make the client use exactly the asked policy and mode, towards a certificate that is believed.

    Returns:
        What it was believed by; None without security.

    Raises:
        ConnectionRefused: the PLC does not offer them, or its certificate is not good; the endpoints came
            unsigned, so that what is missing there is never a reason to take something weaker.
    """
    if security.is_none:
        return None
    if security.identity is None:
        raise ConnectionRefused(
            f"the policy {security.policy} needs our certificate and its key", where=where, found="none"
        )
    own = security.identity.own
    endpoints = await client.connect_and_get_server_endpoints()
    offered = _offered(endpoints, security, where)
    uri = offered.Server.ApplicationUri or ""
    server = believed(offered.ServerCertificate, uri, security, where)
    policy: Any = _POLICIES[security.policy](
        server.parsed,
        own.certificate.parsed,
        own.private_key,
        _MODES[security.mode],
        host_cert_chain=[issuer.parsed for issuer in own.chain],
    )
    client.security_policy = policy
    client.uaclient.set_security(policy)
    return ShownCertificate(offered.ServerCertificate or b"", uri)


def check_user_token(
    client: Client, created: ua.CreateSessionResult, security: PlcSecurity, where: str
) -> None:
    """Refuse to send a password that others could read, or to a server that nobody vouches for.

    Raises:
        ConnectionRefused: the PLC wants it so.
    """
    policy = client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
    if policy in _SAFE_FOR_SECRETS:
        if security.is_none:  # then nobody has looked at the certificate that the password is encrypted for
            endpoints = created.ServerEndpoints or []
            uri = next((one.Server.ApplicationUri or "" for one in endpoints), "")
            believed(client.security_policy.peer_certificate, uri, security, where)
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


def believed(sent: bytes | None, application_uri: str, security: PlcSecurity, where: str) -> Certificate:
    """The PLC's own certificate of the chain that it sent, after every check of Part 4, 6.1.3.

    Args:
        sent: the certificate, perhaps with CAs behind it.
        application_uri: that the PLC's endpoint tells.
        security: whom we believe.
        where: the URL that we dialled; the certificate has to name its host.

    Raises:
        ConnectionRefused: with the StatusCode, and where that helps the command that makes it trusted.
    """
    if not sent:
        raise ConnectionRefused("the PLC has no certificate", where=where)
    if security.identity is None:
        raise ConnectionRefused("there is nothing to check the PLC's certificate against", where=where)
    pin = security.server_certificate_sha256
    certificates = security.identity.certificates
    try:
        return certificates.check_server(
            sent,
            host=urlsplit(where).hostname or "",
            application_uri=application_uri,
            pinned=frozenset({pin.lower()} if pin else ()),
        )
    except CertificateRejected as rejected:
        wanted: object = rejected.wanted
        if rejected.status in _MENDED_BY_TRUST and not pin:
            wanted = f"opcua-ml trust accept {rejected.thumbprint} --pki {certificates.store.folders.root}"
        raise ConnectionRefused(
            f"the PLC's certificate is refused ({rejected.status.name}): {rejected.what}",
            where=where,
            found=rejected.found,
            wanted=wanted,
        ) from rejected


def _offered(
    endpoints: Sequence[ua.EndpointDescription], security: PlcSecurity, where: str
) -> ua.EndpointDescription:
    uri, mode = _POLICIES[security.policy].URI, _MODES[security.mode]
    for endpoint in endpoints:
        if endpoint.SecurityPolicyUri == uri and endpoint.SecurityMode == mode:
            return endpoint
    offers = sorted(
        {
            f"{str(one.SecurityPolicyUri).rpartition('#')[2]} {one.SecurityMode.name.rstrip('_')}"
            for one in endpoints
        }
    )
    raise ConnectionRefused(
        "the PLC does not offer the wanted security",
        where=where,
        found=", ".join(offers) or "no endpoint",
        wanted=f"{security.policy} {security.mode}, or another security_policy and security_mode of this PLC",
    )
