"""The folders in which certificates, keys and revocation lists stand (OPC UA Part 12, F.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PkiFolders:
    """One store: `own` for ourselves, `trusted` and `issuers` for others, `rejected` for the unknown."""

    root: Path

    @property
    def own_certificates(self) -> Path:
        """Our certificate (DER)."""
        return self.root / "own" / "certs"

    @property
    def own_keys(self) -> Path:
        """Our private key (PEM), for nobody else's eyes."""
        return self.root / "own" / "private"

    @property
    def trusted_certificates(self) -> Path:
        """Applications that we trust, and CAs whose every application we trust."""
        return self.root / "trusted" / "certs"

    @property
    def trusted_crls(self) -> Path:
        """Revocation lists of trusted CAs."""
        return self.root / "trusted" / "crl"

    @property
    def issuer_certificates(self) -> Path:
        """CAs that complete a chain without being trusted themselves."""
        return self.root / "issuers" / "certs"

    @property
    def issuer_crls(self) -> Path:
        """Revocation lists of those CAs."""
        return self.root / "issuers" / "crl"

    @property
    def rejected(self) -> Path:
        """Certificates of applications that came and were not trusted."""
        return self.root / "rejected"

    def create(self) -> None:
        """Make every folder that is not there; that of our key is for the owner alone."""
        for folder in (
            self.own_certificates,
            self.trusted_certificates,
            self.trusted_crls,
            self.issuer_certificates,
            self.issuer_crls,
            self.rejected,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        self.own_keys.mkdir(parents=True, exist_ok=True, mode=0o700)
