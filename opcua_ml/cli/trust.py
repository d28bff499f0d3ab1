"""`opcua-ml trust`: which applications may connect."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from opcua_ml.cli.output import Listing, print_rows, print_table
from opcua_ml.opcua.identity.certificates import trust_administration as administration
from opcua_ml.opcua.identity.certificates.pki_folders import PkiFolders
from opcua_ml.opcua.identity.certificates.trust_administration import StoredCertificate, stored_certificates

trust = typer.Typer(
    name="trust",
    help="Which applications may connect: list, accept, reject and remove certificates.",
    no_args_is_help=True,
)

Pki = Annotated[
    Path,
    typer.Option("--pki", envvar="OPCUA_ML_PKI", help="Folder of certificates (server.security.pki)."),
]
Thumbprint = Annotated[
    str,
    typer.Argument(help="SHA-256 or SHA-1 thumbprint, or its first 8 digits or more.", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
DEFAULT_PKI = Path("pki")
_COLUMNS = (
    *("state", "sha256", "sha1", "subject", "issuer", "application_uris", "hosts"),
    *("valid_from", "valid_to", "file"),
)
_PARTS = ("own", "trusted", "issuers", "rejected")
_NARROW = ("state", "SHA-256", "SHA-1", "valid until")
_HEADS = (*_NARROW, "subject", "hosts")


@trust.command("list")
def list_certificates(
    pki: Pki = DEFAULT_PKI,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print.")] = Listing.TABLE,
) -> None:
    """List every certificate in the store; the rejected, which wait for a decision, come first."""
    _check_store(pki)
    found = list(stored_certificates(PkiFolders(pki)))
    if output is not Listing.TABLE:
        print_rows(output, _COLUMNS, [_as_json(stored) for stored in found])
        return
    rows = [_row(stored) for stored in found]
    if rows:
        print_table(_HEADS, rows, whole=_NARROW)
    else:
        typer.echo(f"No certificates in {pki}.")


def _row(stored: StoredCertificate) -> tuple[str, ...]:
    certificate = stored.certificate
    return (
        stored.trust.value,
        stored.thumbprint[:12],
        certificate.opc_ua_thumbprint[:12],
        f"{certificate.valid_to:%Y-%m-%d}",
        certificate.subject_text.replace(",", ", "),
        certificate.hosts_text,
    )


@trust.command()
def accept(thumbprint: Thumbprint, pki: Pki = DEFAULT_PKI, dry_run: DryRun = False) -> None:
    """Trust a rejected certificate; a running server lets its application in without a restart."""
    _check_store(pki)
    folders = PkiFolders(pki)
    accepted = administration.accept(folders, thumbprint, dry_run=dry_run)
    _tell("trusted", accepted, dry_run=dry_run)
    why = administration.obstacle(folders, accepted, now=datetime.now(UTC))
    if why is not None:
        typer.echo(f"warning: it is refused all the same: {why}", err=True)


@trust.command()
def reject(thumbprint: Thumbprint, pki: Pki = DEFAULT_PKI, dry_run: DryRun = False) -> None:
    """Trust a certificate no more; it is kept among the rejected."""
    _check_store(pki)
    _tell("rejected", administration.reject(PkiFolders(pki), thumbprint, dry_run=dry_run), dry_run=dry_run)


@trust.command()
def remove(thumbprint: Thumbprint, pki: Pki = DEFAULT_PKI, dry_run: DryRun = False) -> None:
    """Delete a certificate from the store."""
    _check_store(pki)
    _tell("removed", administration.remove(PkiFolders(pki), thumbprint, dry_run=dry_run), dry_run=dry_run)


def _check_store(pki: Path) -> None:
    if not any((pki / part).is_dir() for part in _PARTS):
        raise administration.TrustError(
            "there is no folder of certificates", where=str(pki), wanted="the one of server.security.pki"
        )


def _tell(what: str, stored: StoredCertificate, *, dry_run: bool) -> None:
    done = f"would be {what}" if dry_run else what
    typer.echo(f"{done}: {stored.thumbprint} {stored.certificate.subject_text}")


def _as_json(stored: StoredCertificate) -> dict[str, object]:
    certificate = stored.certificate
    return {
        "state": stored.trust.value,
        "sha256": stored.thumbprint,
        "sha1": certificate.opc_ua_thumbprint,
        "subject": certificate.subject_text,
        "issuer": certificate.issuer_text,
        "application_uris": list(certificate.application_uris),
        "hosts": [*certificate.host_names, *certificate.addresses],
        "valid_from": certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to.isoformat(),
        "file": str(stored.file),
    }
