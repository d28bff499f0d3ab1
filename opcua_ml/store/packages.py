"""From a package, wherever it is, to the files that the store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.package.write import write_package
from opcua_ml.store.signing import FILE, LONGEST, sign
from opcua_ml.store.version_store import MANIFEST, StoredPackage

if TYPE_CHECKING:
    from pathlib import Path


def read_package(path: Path) -> StoredPackage:
    """A package's files, each of which is the one that its manifest names.

    Args:
        path: of a folder or zip.

    Raises:
        PackageError: it is none, or a file of it is another one.
    """
    package = open_package(path)
    manifest = package.manifest
    files = {part.file: package.read(part) for part in (manifest.golden, *manifest.artifacts)}
    files[MANIFEST] = package.files.read(MANIFEST, package.limits.manifest)
    if package.files.has(FILE):
        files[FILE] = package.files.read(FILE, LONGEST)
    return StoredPackage(manifest.version, files)


def sign_package(path: Path, target: Path, private_key: bytes, where: str) -> None:
    """Make a copy of a package that is signed; a zip where its name ends in `.zip`, else a folder.

    Args:
        path: of the package.
        target: of the signed one; nothing is there yet.
        private_key: PEM.
        where: the key's file, for errors.

    Raises:
        PackageError: the package can't be read, or the other not be written.
        SignatureInvalid: the key is no Ed25519 key.
    """
    package = read_package(path)
    signature = sign(package.files[MANIFEST], private_key, where)
    write_package(target, {**package.files, FILE: signature}, open_package)
