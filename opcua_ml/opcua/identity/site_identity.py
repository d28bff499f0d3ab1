"""Everything of this package put together for one server, as its configuration says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.certificates.application import Application
from opcua_ml.opcua.identity.certificates.client_identity import ClientIdentity, client_identity
from opcua_ml.opcua.identity.certificates.own_hosts import own_hosts
from opcua_ml.opcua.identity.certificates.peer_certificates import utc_now
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_store import RECHECK_SECONDS
from opcua_ml.opcua.identity.users.authentication import ConfiguredAuthenticator
from opcua_ml.opcua.identity.users.users import Users

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from opcua_ml.config.server import ServerSection
    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.certificates.application_certificate import OwnCertificate

_log = structlog.get_logger(__name__)


class SiteIdentity:
    """Our certificate, whom we trust, who may log in.

    Args:
        section: of the configuration.
        audit: told of logins and refusals.
        now: timezone-aware UTC.
        recheck_seconds: longest time for which a change of folders and users may go unnoticed.

    Raises:
        OwnCertificateUnusable: see `own_certificate`.
        OSError: the folder of certificates can't be written.

    Attributes:
        own: our certificate and key.
        certificates: validation of peers, for the server and for clients of PLCs.
        users: who may log in.
        authenticator: for the PlantServer.
        audit: as given.
    """

    def __init__(
        self,
        section: ServerSection,
        *,
        audit: AuditSink = NO_AUDIT,
        now: Callable[[], datetime] = utc_now,
        recheck_seconds: float = RECHECK_SECONDS,
    ) -> None:
        security = section.security
        self.section = section
        self._new_client = partial(client_identity, audit=audit, now=now, recheck_seconds=recheck_seconds)
        self._client = self._new_client(PkiFolders(security.pki), self._application)
        self.own: OwnCertificate = self._client.own
        self.certificates = self._client.certificates
        self.users = Users(security.users, recheck_seconds=recheck_seconds)
        self.authenticator = ConfiguredAuthenticator(
            self.own,
            self.certificates,
            self.users,
            anonymous=security.anonymous,
            remember=security.password_memory_s,
            audit=audit,
        )
        self.audit = audit

    def client(self, pki: Path | None = None) -> ClientIdentity:
        """Who we are as a client: the same as for our own clients, unless with a folder of its own.

        Raises:
            OwnCertificateUnusable: see `own_certificate`.
            OSError: the folder can't be written.
        """
        if pki is None or pki == self.section.security.pki:
            return self._client
        return self._new_client(PkiFolders(pki), self._application)

    @property
    def _application(self) -> Application:
        host = urlsplit(self.section.endpoint).hostname or ""
        return Application(self.section.application_uri, self.section.name, own_hosts(host))

    def warn_of_what_is_open(self) -> None:
        """Record, once per start, what the configuration leaves insecure."""
        if self.section.security.offers_none:
            message = "an endpoint without security is offered: what it carries can be read and changed"
            _log.warning(message, endpoint=self.section.endpoint)
            self.audit.record(AuditRecord(kind=AuditKind.SECURITY, message=message))

    async def close(self) -> None:
        """Wait for logins that are being checked; those that wait are refused."""
        await self.authenticator.close()
