"""A package that was opened: its manifest read, every file of it hashed, nothing else parsed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import HashMismatch, ManifestInvalid
from opcua_ml.runtime.package.card import card_of
from opcua_ml.runtime.package.files import PackageFiles, open_files
from opcua_ml.runtime.package.golden import GoldenRows, parse_golden
from opcua_ml.runtime.package.limits import DEFAULT_LIMITS, Limits
from opcua_ml.runtime.package.manifest import FILE
from opcua_ml.runtime.package.manifest_file import parse_manifest

if TYPE_CHECKING:
    import os

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.signature import Signature
    from opcua_ml.runtime.package.artifact_parts import FilePart
    from opcua_ml.runtime.package.manifest import Manifest


@dataclass(frozen=True, repr=False)
class Package:
    """A model package whose files are what its manifest says.

    Attributes:
        path: its folder or zip.
        manifest: as read.
        content_hash: SHA-256 of the manifest's bytes: names every byte of the package.
    """

    path: Path
    manifest: Manifest
    content_hash: str
    files: PackageFiles
    limits: Limits = DEFAULT_LIMITS

    def __repr__(self) -> str:
        return f"<Package {self.manifest.name} {self.manifest.version} in {self.path}>"

    @cached_property
    def card(self) -> ModelCard:
        """What the manifest tells of the model."""
        return card_of(self.manifest, self.content_hash)

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self.card.signature

    @cached_property
    def golden(self) -> GoldenRows:
        """The golden rows, read at the first use.

        Raises:
            ArtifactCorrupted: they can't be read.
            HashMismatch: their file was changed since the package was opened.
        """
        part = self.manifest.golden
        golden = parse_golden(self.read(part), self.signature, self.where(part))
        if len(golden.inputs) != part.rows:
            raise ManifestInvalid(
                "another number of golden rows",
                where=self.where(part),
                found=len(golden.inputs),
                wanted=part.rows,
            )
        return golden

    def where(self, part: FilePart) -> str:
        """The file's place, for errors."""
        return f"{self.path}/{part.file}"

    def read(self, part: FilePart) -> bytes:
        """A file's bytes, which are those that were hashed: they are read once and then hashed.

        Raises:
            PackageError: the file is missing or too long.
            HashMismatch: its bytes are not those that the manifest names.
            ManifestInvalid: it has the hash, but not the size, that the manifest names.
        """
        limit = self.limits.golden if part is self.manifest.golden else self.limits.artifact
        data = self.files.read(part.file, limit)
        found = hashlib.sha256(data).hexdigest()
        if found != part.sha256:
            raise HashMismatch(
                "not the file that the manifest names (SHA-256)",
                where=self.where(part),
                found=found,
                wanted=part.sha256,
            )
        if len(data) != part.size:
            raise ManifestInvalid(
                "another size than the manifest names",
                where=self.where(part),
                found=len(data),
                wanted=part.size,
            )
        return data


def open_package(path: str | os.PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Open a package: read its manifest and hash its files, and parse nothing else.

    Files that the manifest does not name are never opened.

    Args:
        path: of the package's folder or zip.
        limits: for sizes.

    Raises:
        PackageError: there is no package, a file is missing or too long, or the zip is a trap.
        ManifestInvalid: the manifest can't be read or contradicts itself.
        HashMismatch: a file is not the one that the manifest names.
    """
    path = Path(path)
    files = open_files(path, limits)
    if not files.has(FILE):
        raise ManifestInvalid("the manifest is missing, so this is no model package", where=f"{path}/{FILE}")
    data = files.read(FILE, limits.manifest)
    package = Package(
        path=path,
        manifest=parse_manifest(data, f"{path}/{FILE}"),
        content_hash=hashlib.sha256(data).hexdigest(),
        files=files,
        limits=limits,
    )
    for part in (package.manifest.golden, *package.manifest.artifacts):
        package.read(part)
    return package
