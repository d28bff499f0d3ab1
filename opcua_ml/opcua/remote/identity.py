"""Who an engineer's program is to a service, and which service it believes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.certificates.application import Application
from opcua_ml.opcua.identity.certificates.client_identity import client_identity
from opcua_ml.opcua.identity.certificates.own_hosts import own_hosts
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.plc.settings import Mode, PlcSecurity, Policy

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_URI = "urn:opcua-ml:engineer"


def remote_security(
    pki: Path,
    policy: Policy = Policy.BASIC256SHA256,
    server_sha256: str | None = None,
    *,
    is_anonymous: bool = False,
) -> PlcSecurity:
    """Sign and encrypt with a certificate of our own, which is made in the folder where there is none.

    Args:
        pki: folder of certificates; the service's must be trusted there, unless it is pinned.
        policy: None only where somebody has asked for it.
        server_sha256: of the one certificate that is believed, hexadecimal.
        is_anonymous: whether nobody logs in: nothing is encrypted then where the policy is None, so that no
            certificate is made or needed.

    Raises:
        OwnCertificateUnusable: the certificate in the folder can't be used.
        OSError: the folder can't be written.
    """
    if policy is Policy.NONE and is_anonymous:
        return PlcSecurity(policy, server_certificate_sha256=server_sha256)
    application = Application(APPLICATION_URI, "opcua-ml engineer", own_hosts("127.0.0.1"))
    identity = client_identity(PkiFolders(pki), application)
    return PlcSecurity(policy, Mode.SIGN_AND_ENCRYPT, identity, server_sha256)
