"""The same checks from the client's side: a server is believed only where it fits what we dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.opcua.audit.record import AuditKind
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected, CertificateStatus
from opcua_ml.opcua.identity.certificates.peer_certificates import PeerCertificates
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_store import TrustStore
from tests.integration.identity.site import Remembered, Site
from tests.patient_client import Client

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")
URI = "urn:plant:server"


class OurSide:
    """A client's store, with its audit."""

    def __init__(self, folder: Path) -> None:
        self.folders = PkiFolders(folder / "client-pki")
        self.audit = Remembered()
        self.certificates = PeerCertificates(TrustStore(self.folders, recheck_seconds=0.0), audit=self.audit)

    def refusal(self, shown: bytes, *, host: str = "127.0.0.1", uri: str = URI, pin: str = "") -> int:
        """The status with which the server's certificate is refused; 0 where it passes."""
        pinned = frozenset({pin} if pin else ())
        try:
            self.certificates.check_server(shown, host=host, application_uri=uri, pinned=pinned)
        except CertificateRejected as rejected:
            return rejected.status
        return 0


async def shown_by(site: Site) -> tuple[bytes, str]:
    """Certificate and ApplicationUri as the server's endpoints tell them to anybody."""
    endpoint = (await Client(site.url).connect_and_get_server_endpoints())[-1]
    assert endpoint.ServerCertificate is not None
    assert endpoint.Server.ApplicationUri is not None
    return endpoint.ServerCertificate, endpoint.Server.ApplicationUri


async def test_a_server_is_believed_once_it_is_trusted(site: Site, tmp_path: Path) -> None:
    """Unknown, it lands among our rejected, and the true status is ours to see."""
    ours = OurSide(tmp_path)
    shown, uri = await shown_by(site)
    assert ours.refusal(shown, uri=uri) == CertificateStatus.BadCertificateUntrusted
    assert ours.audit.records[-1].kind is AuditKind.CERTIFICATE_UNTRUSTED
    (rejected,) = ours.folders.rejected.iterdir()
    rejected.rename(ours.folders.trusted_certificates / rejected.name)
    assert ours.refusal(shown, uri=uri) == 0


async def test_a_trusted_server_under_another_host_or_uri_is_refused(site: Site, tmp_path: Path) -> None:
    """A certificate taken from one PLC does not serve another."""
    ours = OurSide(tmp_path)
    shown, uri = await shown_by(site)
    (ours.folders.trusted_certificates / "server.der").write_bytes(shown)
    assert ours.refusal(shown, host="plc2", uri=uri) == CertificateStatus.BadCertificateHostNameInvalid
    assert ours.refusal(shown, host="localhost", uri=uri) == 0
    assert ours.refusal(shown, uri="urn:other") == CertificateStatus.BadCertificateUriInvalid


async def test_a_pin_trusts_one_certificate_and_no_other(site: Site, tmp_path: Path) -> None:
    """Beside it the trust list does not count; all other checks do."""
    ours = OurSide(tmp_path)
    shown, uri = await shown_by(site)
    pin = parse_certificate(shown).thumbprint
    assert ours.refusal(shown, uri=uri, pin=pin) == 0
    assert (
        ours.refusal(shown, uri=uri, host="plc2", pin=pin) == CertificateStatus.BadCertificateHostNameInvalid
    )
    (ours.folders.trusted_certificates / "server.der").write_bytes(shown)
    assert ours.refusal(shown, uri=uri, pin="0" * 64) == CertificateStatus.BadCertificateUntrusted
