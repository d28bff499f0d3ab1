"""Who we are to the servers that we connect to, and which of them we believe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.certificates.application_certificate import own_certificate
from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates, utc_now
from opcua_ml.opcua.identity.certificates.trust_store import RECHECK_SECONDS, TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.certificates.application import Application
    from opcua_ml.opcua.identity.certificates.application_certificate import OwnCertificate
    from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Our certificate, and the checks of theirs.

    Attributes:
        own: certificate and key.
        certificates: validation of servers.
    """

    own: OwnCertificate = field(repr=False)
    certificates: PeerCertificates


def client_identity(
    folders: PkiFolders,
    application: Application,
    *,
    audit: AuditSink = NO_AUDIT,
    now: Callable[[], datetime] = utc_now,
    recheck_seconds: float = RECHECK_SECONDS,
) -> ClientIdentity:
    """Of a folder of its own; the certificate is made there where there is none.

    Raises:
        OwnCertificateUnusable: see `own_certificate`.
        OSError: the folder can't be written.
    """
    own = own_certificate(folders, application, now=now())
    store = TrustStore(folders, recheck_seconds=recheck_seconds)
    return ClientIdentity(own, PeerCertificates(store, own, audit=audit, now=now))
