"""The versions of one model on disk: `<root>/<model>/<version>/`, and the journal of their lifecycle."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from opcua_ml.domain.errors import HashMismatch, PackageError, StoreFailed, VersionTaken
from opcua_ml.domain.lifecycle import Lifecycle, StepKind, VersionState
from opcua_ml.store.files import make_folders
from opcua_ml.store.journal import Journal
from opcua_ml.store.signing import FILE as SIGNATURE
from opcua_ml.store.signing import signer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from opcua_ml.domain.lifecycle import Step
    from opcua_ml.store.files import Files

MANIFEST: Final = "manifest.toml"
JOURNAL: Final = "journal"
_PARTIAL: Final = ".partial"
_OUT_OF_USE: Final = frozenset({VersionState.RETIRED, VersionState.REJECTED})


class StoredPackage(NamedTuple):
    """A package as its files, whose hashes were checked.

    Attributes:
        files: their bytes by name; the manifest and, where there is one, the signature among them.
    """

    version: str
    files: Mapping[str, bytes]

    @property
    def content_hash(self) -> str:
        """SHA-256 of the manifest."""
        return hashlib.sha256(self.files[MANIFEST]).hexdigest()


class VersionStore:
    """Keeps packages that never change, and what became of each; blocks, so it is used off the event loop.

    A package appears whole or not at all; a step happened when its line is in the journal, and not before.

    Args:
        files: the disk.
        root: of all models.
        model: name.
        signers: gives the trusted public keys, by name; None where unsigned packages are allowed.

    Attributes:
        lifecycle: as it stands.

    Raises:
        StoreFailed: it can't be opened, or its journal was damaged.
    """

    def __init__(
        self, files: Files, root: Path, model: str, signers: Callable[[], Mapping[str, bytes]] | None
    ) -> None:
        self._files = files
        self._folder = root / model
        self._signers = signers
        try:
            make_folders(files, self._folder)
            files.sync_folder(root)
            for name in files.names(self._folder):
                if name.endswith(_PARTIAL):
                    files.remove(self._folder / name)
        except OSError as error:
            raise self._failed("the store can't be opened", error) from error
        self._journal = Journal(files, self._folder / JOURNAL)
        self.lifecycle = Lifecycle()
        for step in self._journal.steps:
            self.lifecycle = self.lifecycle.after(step)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that happened, the oldest first."""
        return tuple(self._journal.steps)

    def stage(self, package: StoredPackage, step: Step) -> str:
        """Keep a package and let its version be staged.

        Args:
            package: its files.
            step: of the kind STAGE, with version and hash of the package.

        Returns:
            Who signed it; empty for nobody.

        Raises:
            SignatureInvalid: nobody trusted signed it.
            VersionTaken: another package has this version.
            TransitionRefused: the version is in use.
            StoreFailed: it can't be written; the store is as before.
        """
        signer = self._signer(package.files[MANIFEST], package.files.get(SIGNATURE), package.version)
        known = self.lifecycle.versions.get(package.version)
        if known is not None and known.content_hash != package.content_hash:
            raise VersionTaken(
                "another package has this version, and versions don't change",
                where=package.version,
                found=package.content_hash,
                wanted=f"{known.content_hash}, or another version",
            )
        self.lifecycle.after(step)
        try:
            self._put(package)
        except OSError as error:
            raise self._failed("the package can't be written", error) from error
        self.record(step)
        return signer

    def record(self, step: Step) -> Lifecycle:
        """Let a step happen: check it, and write it so that it lasts.

        Raises:
            TransitionRefused, VersionUnknown: see `Lifecycle.after`.
            StoreFailed: see `Journal.append`.
        """
        if step.kind is StepKind.PROMOTE and self.lifecycle.versions.get(step.version) is not None:
            self.package(step.version)
        after = self.lifecycle.after(step)
        self._journal.append(step)
        self.lifecycle = after
        return after

    def package(self, version: str) -> Path:
        """The folder of a version's package, after its hash and its signature were checked anew.

        The other files' hashes, which the manifest names, are for who opens the package.

        Raises:
            VersionUnknown: there is none.
            PackageError: it was pruned, changed, or is signed by nobody who is trusted now.
        """
        self.lifecycle.state(version)
        folder = self._folder / version
        try:
            manifest = self._files.read(folder / MANIFEST)
            signed = self._files.exists(folder / SIGNATURE)
            signature = self._files.read(folder / SIGNATURE) if signed else None
        except OSError as error:
            raise PackageError(
                "the version's package can't be read", where=str(folder), found=error.strerror or error
            ) from error
        found, wanted = hashlib.sha256(manifest).hexdigest(), self.lifecycle.versions[version].content_hash
        if found != wanted:
            raise HashMismatch(
                "not the package that was staged (SHA-256)", where=str(folder), found=found, wanted=wanted
            )
        self._signer(manifest, signature, version)
        return folder

    def prune(self, keep: int) -> list[str]:
        """Remove the packages of retired and rejected versions but the newest ones; their history stays.

        Args:
            keep: how many of them stay.

        Returns:
            The versions whose packages went.

        Raises:
            StoreFailed: one can't be removed.
        """
        entries = self.lifecycle.versions.items()
        unused = sorted((entry.since, name) for name, entry in entries if entry.state in _OUT_OF_USE)
        gone = []
        try:
            for _, name in unused[: max(0, len(unused) - keep)]:
                if self._files.exists(self._folder / name):
                    self._discard(name)
                    gone.append(name)
        except OSError as error:
            raise self._failed("a package can't be removed", error) from error
        return gone

    def _put(self, package: StoredPackage) -> None:
        folder = self._folder / package.version
        if self._files.exists(folder):
            if self._is_whole(package):
                self._files.sync_folder(self._folder)
                return
            self._discard(package.version)
        partial = self._partial(package.version)
        if self._files.exists(partial):
            self._files.remove(partial)
        self._files.make_folder(partial)
        for name, data in package.files.items():
            self._files.write(partial / name, data)
            self._files.sync(partial / name)
        self._files.sync_folder(partial)
        self._files.rename(partial, folder)
        self._files.sync_folder(self._folder)

    def _is_whole(self, package: StoredPackage) -> bool:
        folder = self._folder / package.version
        return set(self._files.names(folder)) == set(package.files) and all(
            self._files.read(folder / name) == data for name, data in package.files.items()
        )

    def _discard(self, version: str) -> None:
        """Out of sight in one step first, so that no crash leaves half a package under a version's name."""
        partial = self._partial(version)
        if self._files.exists(partial):
            self._files.remove(partial)
        self._files.rename(self._folder / version, partial)
        self._files.sync_folder(self._folder)
        self._files.remove(partial)

    def _partial(self, version: str) -> Path:
        return self._folder / f".{version}{_PARTIAL}"

    def _signer(self, manifest: bytes, signature: bytes | None, version: str) -> str:
        if self._signers is None:
            return ""
        return signer_of(manifest, signature, self._signers(), f"{self._folder.name} {version}")

    def _failed(self, what: str, error: OSError) -> StoreFailed:
        return StoreFailed(what, where=str(self._folder), found=error.strerror or error)
