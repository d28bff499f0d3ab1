"""From a package on disk to a version that predicts in a running service, over OPC UA."""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opcua_ml.config import endpoint_fault
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.lifecycle import StepKind, VersionState
from opcua_ml.opcua.plc.settings import Policy
from opcua_ml.opcua.remote.connection import RemoteSettings
from opcua_ml.opcua.remote.identity import APPLICATION_URI, remote_security
from opcua_ml.opcua.remote.service import RemoteService
from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.package.write import write_package
from opcua_ml.store.packages import read_package

if TYPE_CHECKING:
    from opcua_ml.opcua.remote.service import Progress

PKI: Final = Path("pki-engineer")
_SENT_AGAIN: Final = frozenset({VersionState.REJECTED.value, VersionState.RETIRED.value})
_PREDICTING: Final = frozenset({VersionState.PROBATION.value, VersionState.ACTIVE.value})
_SHA256: Final = re.compile("[0-9A-Fa-f]{64}")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was sent, and where it stands now."""

    model: str
    version: str
    state: str


def connect(
    endpoint: str,
    *,
    user: str | None = None,
    password: str | None = None,
    pki: Path | str = PKI,
    security_policy: str = Policy.BASIC256SHA256.value,
    server_sha256: str | None = None,
    patience: float = 60.0,
) -> RemoteService:
    """A running service, to be entered with `async with`: see RemoteService.

    Args:
        endpoint: such as `opc.tcp://192.168.0.20:4840/opcua-ml`.
        user: who logs in; anonymous without.
        password: of the user.
        pki: folder of our certificate, which is made there, and of those that we trust.
        security_policy: `None`, for neither signature nor encryption, only where it is given.
        server_sha256: of the one server certificate that is believed, hexadecimal.
        patience: how long a lost connection is tried again, in seconds.

    Raises:
        ConfigurationError: this can't be an endpoint.
        OwnCertificateUnusable: the certificate in the folder can't be used.
    """
    fault = endpoint_fault(endpoint)
    if fault is not None:
        shown = None if "@" in endpoint else endpoint
        raise ConfigurationError(fault[0], where="the service's endpoint", found=shown, wanted=fault[1])
    if server_sha256 is not None and not _SHA256.fullmatch(server_sha256):
        wanted = "64 hexadecimal digits"
        raise ConfigurationError("no SHA-256 of a certificate", found=server_sha256, wanted=wanted)
    policy = Policy(security_policy)
    security = remote_security(Path(pki), policy, server_sha256, is_anonymous=user is None)
    settings = RemoteSettings(
        endpoint, security, APPLICATION_URI, username=user, password=password, patience=patience
    )
    return RemoteService(settings)


async def send(
    service: RemoteService,
    package: Path | str,
    *,
    model: str | None = None,
    promote: bool = False,
    confirm_within: float | None = None,
    reason: str = "",
    progress: Progress | None = None,
) -> Deployed:
    """Send a package to a service and let it be staged; where asked, promote it, too.

    What is there already, neither rejected nor retired, is not sent again; what predicts is not promoted.

    Args:
        service: entered.
        package: folder or zip; its hashes are checked before a byte is sent.
        model: name in the service; that of the manifest where none is given.
        promote: whether it shall predict.
        confirm_within: seconds until it is rolled back unless somebody confirms it; 0 for no probation, None
            for what the service has configured.
        reason: kept in the service's journal.
        progress: is told the bytes that are there, and those in all.

    Raises:
        PackageError: it is no package, or not as its manifest says.
        CallRefused: the service does not take it, with the StatusCode and the reason.
        ServiceLost: the connection was lost and did not come back.
    """
    path = Path(package)
    manifest = (await asyncio.to_thread(open_package, path)).manifest
    data, content_hash = await asyncio.to_thread(_zipped, path)
    name = model or manifest.name
    known = await service.version(name, manifest.version)
    there = known.state if known is not None and known.content_hash == content_hash else ""
    if not there or there in _SENT_AGAIN:
        await service.upload(data, name, manifest.version, progress, content_hash=content_hash)
    if promote and there not in _PREDICTING:
        await service.manage(
            StepKind.PROMOTE, name, manifest.version, reason=reason, confirm_within=confirm_within
        )
    found = await service.version(name, manifest.version)
    return Deployed(name, manifest.version, "" if found is None else found.state)


def deploy(
    package: Path | str,
    to: str,
    *,
    user: str | None = None,
    password: str | None = None,
    promote: bool = False,
    confirm_within: float | None = None,
    **more: str,
) -> Deployed:
    """Send a package to a service, outside of any event loop; see `connect` and `send`.

    Args:
        package: folder or zip.
        to: endpoint of the service.
        user: who logs in; anonymous without.
        password: of the user.
        promote: whether it shall predict.
        confirm_within: seconds until it is rolled back unless somebody confirms it.
        more: of `connect`.
    """

    async def sent() -> Deployed:
        async with connect(to, user=user, password=password, **more) as service:  # type: ignore[arg-type]
            return await send(service, package, promote=promote, confirm_within=confirm_within)

    return asyncio.run(sent())


def _zipped(path: Path) -> tuple[bytes, str]:
    """The package as a zip, every file of it checked, and its content hash."""
    package = read_package(path)
    if path.is_file():
        return path.read_bytes(), package.content_hash
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "package.zip"
        write_package(target, package.files, open_package)
        return target.read_bytes(), package.content_hash
