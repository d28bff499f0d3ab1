"""The checks of certificates, tied to our store, our clock, our own certificate and the audit."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from opcua_ml.opcua.audit.sink import NO_AUDIT
from opcua_ml.opcua.identity.certificates.certificate_audit import certificate_record
from opcua_ml.opcua.identity.certificates.certificate_chain import split_certificates
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.identity.certificates.certificate_usage import CertificateUse
from opcua_ml.opcua.identity.certificates.certificate_validation import Expectation, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.certificates.application_certificate import OwnCertificate
    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.certificates.trust_store import TrustStore

_log = structlog.get_logger(__name__)

_FOR_THE_ADMINISTRATOR = frozenset(
    {CertificateStatus.BadCertificateUntrusted, CertificateStatus.BadCertificateChainIncomplete}
)
"""Failures that the administrator can mend by trusting; their certificates are kept as rejected."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class PeerCertificates:
    """Whether a certificate that a peer showed is good.

    Args:
        store: whom we trust.
        own: our certificate, which no peer may show; None for a client without one.
        audit: told of every refusal, with its true status.
        now: timezone-aware UTC.
        needs_revocation_lists: whether a CA without a valid revocation list fails its certificates.
    """

    def __init__(
        self,
        store: TrustStore,
        own: OwnCertificate | None = None,
        *,
        audit: AuditSink = NO_AUDIT,
        now: Callable[[], datetime] = utc_now,
        needs_revocation_lists: bool = True,
    ) -> None:
        self.store = store
        self._own_public_key = own.certificate.public_key_info if own else None
        self._audit = audit
        self._now = now
        self._needs_revocation_lists = needs_revocation_lists
        self._refused: dict[str, tuple[CertificateStatus, bytes]] = {}

    def check_client(self, sent: bytes, *, address: str, application_uri: str | None = None) -> Certificate:
        """The certificate of an application that connects to us.

        Args:
            sent: its certificate, perhaps with CA certificates behind it.
            address: for the audit.
            application_uri: of its ApplicationDescription; None before that came.

        Raises:
            CertificateRejected: with the true status; an unknown certificate is kept as rejected.
        """
        expectation = Expectation(
            CertificateUse.CLIENT,
            application_uri=application_uri,
            needs_revocation_list=self._needs_revocation_lists,
        )
        return self._checked(sent, expectation, address=address)

    def check_server(
        self, sent: bytes, *, host: str, application_uri: str, pinned: frozenset[str] = frozenset()
    ) -> Certificate:
        """The certificate of a server that we connect to, such as a PLC.

        Args:
            sent: its certificate, perhaps with CA certificates behind it.
            host: of the URL that we dialled.
            application_uri: of the ApplicationDescription in its endpoint.
            pinned: SHA-256 thumbprints, of which it has to have one; empty where the trust list decides.

        Raises:
            CertificateRejected: with the true status; an unknown certificate is kept as rejected. As we dial
                again and again, only what differs from the last refusal of this host is recorded.
        """
        expectation = Expectation(
            CertificateUse.SERVER,
            application_uri=application_uri,
            host=host,
            pinned=pinned,
            only_pinned=bool(pinned),
            needs_revocation_list=self._needs_revocation_lists,
        )
        return self._checked(sent, expectation, address=host)

    def check_user(self, sent: bytes, *, address: str, known: frozenset[str]) -> Certificate:
        """The certificate of a user.

        Args:
            sent: the certificate, perhaps with CA certificates behind it.
            address: for the audit.
            known: SHA-256 thumbprints of all users' certificates; no other one passes.

        Raises:
            CertificateRejected: with the true status.
        """
        expectation = Expectation(
            CertificateUse.USER,
            pinned=known,
            only_pinned=True,
            needs_revocation_list=self._needs_revocation_lists,
        )
        return self._checked(sent, expectation, address=address)

    def any_expired(self, certificates: Iterable[bytes]) -> bool:
        """Whether one of these, each the first of its chain, is past its validity period."""
        now = self._now()
        return any(_valid_to(one) < now for one in certificates)

    def _checked(self, sent: bytes, expectation: Expectation, *, address: str) -> Certificate:
        try:
            found = self._validated(sent, expectation)
        except CertificateRejected as rejected:
            if rejected.status in _FOR_THE_ADMINISTRATOR and expectation.use is not CertificateUse.USER:
                self._keep(rejected, address)
            if expectation.use is CertificateUse.SERVER:
                before = self._refused.get(address)
                self._refused[address] = (rejected.status, rejected.certificate)
                if before == self._refused[address]:
                    raise
            self._audit.record(
                certificate_record(
                    rejected, address=address, application_uri=expectation.application_uri or ""
                )
            )
            raise
        if expectation.use is CertificateUse.SERVER:
            self._refused.pop(address, None)
        return found

    def _keep(self, rejected: CertificateRejected, address: str) -> None:
        if self.store.reject(rejected.certificate):
            trust_it = f"opcua-ml trust accept {rejected.thumbprint} --pki {self.store.folders.root}"
            _log.warning(rejected.what, address=address, status=rejected.status.name, trust_it=trust_it)

    def _validated(self, sent: bytes, expectation: Expectation) -> Certificate:
        now, held = self._now(), self.store.current()
        try:
            return validated(sent, expectation, held, now=now, own_public_key=self._own_public_key)
        except CertificateRejected:
            latest = self.store.latest()
            if latest is held:
                raise
        return validated(sent, expectation, latest, now=now, own_public_key=self._own_public_key)


@lru_cache(maxsize=1024)
def _valid_to(sent: bytes) -> datetime:
    """Remembered, as sessions are asked for it twice a second."""
    return split_certificates(sent)[0].valid_to
