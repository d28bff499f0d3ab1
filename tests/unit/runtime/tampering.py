"""A package that somebody changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Tampered:
    """A package's folder, and ways to change it."""

    path: Path

    def read(self, name: str) -> bytes:
        """A file as it is."""
        return (self.path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Other bytes for a file, with the manifest as it was."""
        (self.path / name).write_bytes(data)

    def manifest(self) -> dict[str, Any]:
        """The manifest's tables."""
        return tomlkit.parse(self.read("manifest.toml").decode()).unwrap()

    def tell(self, manifest: dict[str, Any]) -> None:
        """Another manifest."""
        self.write("manifest.toml", tomlkit.dumps(manifest).encode())

    def replace(self, name: str, data: bytes, **keys: Any) -> None:
        """Other bytes for a file, and a manifest that agrees with them.

        Args:
            name: of the file.
            data: its new bytes.
            keys: of the file's table in the manifest, to be changed as well.
        """
        self.write(name, data)
        manifest = self.manifest()
        for table in (manifest["golden"], *manifest["artifacts"]):
            if table["file"] == name:
                table.update(sha256=hashlib.sha256(data).hexdigest(), size=len(data), **keys)
        self.tell(manifest)

    def sha256(self, name: str) -> str:
        """Hash of a file."""
        return hashlib.sha256(self.read(name)).hexdigest()

    def keep_only(self, *formats: str) -> None:
        """Drop the artifacts of other formats from the manifest."""
        manifest = self.manifest()
        manifest["artifacts"] = [table for table in manifest["artifacts"] if table["format"] in formats]
        self.tell(manifest)
