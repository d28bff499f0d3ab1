"""The store on a real disk: what it keeps, what it refuses, and who may sign."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import (
    HashMismatch,
    PackageError,
    SignatureInvalid,
    StoreFailed,
    TransitionRefused,
    VersionTaken,
)
from opcua_ml.domain.lifecycle import Step, StepKind
from opcua_ml.store.files import DiskFiles
from opcua_ml.store.signing import FILE, new_key, read_signers, sign, signer_of
from opcua_ml.store.version_store import MANIFEST, StoredPackage, VersionStore

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE, PUBLIC = new_key()
STRANGER, _ = new_key()


def package(version: str, note: str = "", key: bytes | None = PRIVATE) -> StoredPackage:
    """A package with a manifest that says no more than its version."""
    manifest = f'version = "{version}"  # {note}'.encode()
    files = {MANIFEST: manifest, "model.onnx": b"weights"}
    return StoredPackage(version, files if key is None else files | {FILE: sign(manifest, key, "key")})


def opened(root: Path) -> VersionStore:
    """The store of the model pump."""
    return VersionStore(DiskFiles(), root, "pump", lambda: {"plant": PUBLIC})


def stage(store: VersionStore, given: StoredPackage) -> str:
    """Stage it; returns who signed it."""
    return store.stage(given, Step(StepKind.STAGE, given.version, content_hash=given.content_hash, who="ann"))


def test_what_was_staged_is_there_after_a_restart_with_its_history(tmp_path: Path) -> None:
    """The package's files, its state, and who did it and why."""
    store = opened(tmp_path / "deep" / "models")
    assert stage(store, package("1.0.0")) == "plant"
    store.record(Step(StepKind.PROMOTE, "1.0.0", at=5.0, who="ann", reason="better"))
    again = opened(tmp_path / "deep" / "models")
    assert again.lifecycle == store.lifecycle
    assert again.lifecycle.active == "1.0.0"
    assert (again.package("1.0.0") / "model.onnx").read_bytes() == b"weights"
    assert [(step.kind.value, step.who, step.reason) for step in again.steps] == [
        ("Stage", "ann", ""),
        ("Promote", "ann", "better"),
    ]


@pytest.mark.parametrize("key", [None, STRANGER])
def test_a_package_that_nobody_trusted_signed_is_not_kept(tmp_path: Path, key: bytes | None) -> None:
    """Nothing of it is on the disk."""
    store = opened(tmp_path)
    with pytest.raises(SignatureInvalid):
        stage(store, package("1.0.0", key=key))
    assert not (tmp_path / "pump" / "1.0.0").exists()
    assert store.lifecycle.versions == {}


def test_a_signature_of_another_package_does_not_count(tmp_path: Path) -> None:
    """Put beside a manifest that it was not made for."""
    good, other = package("1.0.0"), package("1.0.0", "changed")
    with pytest.raises(SignatureInvalid, match="or was changed since"):
        stage(opened(tmp_path), StoredPackage("1.0.0", {**other.files, FILE: good.files[FILE]}))


def test_a_version_does_not_change(tmp_path: Path) -> None:
    """The same package may come again where the state allows; another one of the same version never."""
    store = opened(tmp_path)
    stage(store, package("1.0.0"))
    with pytest.raises(VersionTaken):
        stage(store, package("1.0.0", "changed"))
    with pytest.raises(TransitionRefused):
        stage(store, package("1.0.0"))
    store.record(Step(StepKind.RETIRE, "1.0.0"))
    assert store.prune(0) == ["1.0.0"]
    with pytest.raises(VersionTaken):
        stage(store, package("1.0.0", "changed"))
    stage(store, package("1.0.0"))
    assert (store.package("1.0.0") / "model.onnx").exists()


def test_retention_keeps_the_newest_and_never_what_is_in_use(tmp_path: Path) -> None:
    """Of three out of use, two go; those that predict, stand by or are staged stay."""
    store = opened(tmp_path)
    for number in range(6):
        stage(store, package(f"{number}.0.0"))
    for number in range(3):
        store.record(Step(StepKind.RETIRE, f"{number}.0.0", at=10.0 - number))
    store.record(Step(StepKind.PROMOTE, "4.0.0"))
    assert store.prune(1) == ["2.0.0", "1.0.0"]
    kept = sorted(path.name for path in (tmp_path / "pump").iterdir() if path.is_dir())
    assert kept == ["0.0.0", "3.0.0", "4.0.0", "5.0.0"]


def test_a_package_changed_on_disk_is_not_handed_out_nor_promoted(tmp_path: Path) -> None:
    """Its manifest no longer has the hash that the journal holds."""
    store = opened(tmp_path)
    stage(store, package("1.0.0"))
    (tmp_path / "pump" / "1.0.0" / MANIFEST).write_bytes(package("1.0.0", "changed").files[MANIFEST])
    with pytest.raises(HashMismatch):
        store.record(Step(StepKind.PROMOTE, "1.0.0"))
    (tmp_path / "pump" / "1.0.0" / MANIFEST).unlink()
    with pytest.raises(PackageError, match="can't be read"):
        store.package("1.0.0")


@pytest.mark.parametrize("place", [3, -3])
def test_a_journal_changed_in_a_line_is_not_believed(tmp_path: Path, place: int) -> None:
    """Neither in an old line nor in the last: what was acknowledged is whole."""
    stage(opened(tmp_path), package("1.0.0"))
    stage(opened(tmp_path), package("2.0.0"))
    journal = tmp_path / "pump" / "journal"
    data = bytearray(journal.read_bytes())
    data[place] ^= 1
    journal.write_bytes(data)
    with pytest.raises(StoreFailed, match=r"line [12]"):
        opened(tmp_path)


def test_a_line_cut_off_is_forgotten_at_every_length(tmp_path: Path) -> None:
    """And the next step takes its place."""
    stage(opened(tmp_path), package("1.0.0"))
    journal = tmp_path / "pump" / "journal"
    whole = journal.read_bytes()
    stage(opened(tmp_path), package("2.0.0"))
    line = journal.read_bytes()[len(whole) :]
    for length in (*range(1, len(line), 9), len(line) - 1):
        journal.write_bytes(whole + line[:length])
        assert list(opened(tmp_path).lifecycle.versions) == ["1.0.0"]
        assert journal.read_bytes() == whole
    stage(opened(tmp_path), package("2.0.0"))
    assert list(opened(tmp_path).lifecycle.versions) == ["1.0.0", "2.0.0"]


def test_signers_are_the_files_of_a_folder(tmp_path: Path) -> None:
    """Named by their files; one that is no public key is told."""
    assert read_signers(tmp_path / "none") == {}
    (tmp_path / "ann.pem").write_bytes(PUBLIC)
    manifest = b"x"
    assert signer_of(manifest, sign(manifest, PRIVATE, "key"), read_signers(tmp_path), "p") == "ann"
    (tmp_path / "bob.pem").write_bytes(PRIVATE)
    with pytest.raises(SignatureInvalid, match=r"bob\.pem"):
        read_signers(tmp_path)


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 4000, b'{"algorithm": "none", "signature": ""}'])
def test_a_signature_of_any_other_form_is_refused(data: bytes) -> None:
    """In one sentence."""
    with pytest.raises(SignatureInvalid):
        signer_of(b"x", data, {"plant": PUBLIC}, "pump 1.0.0")


def test_a_private_key_of_another_form_is_refused() -> None:
    """With what was wanted."""
    with pytest.raises(SignatureInvalid, match="Ed25519"):
        sign(b"x", b"no key", "key.pem")


_KILLED = """
import os, signal, sys
from pathlib import Path
from opcua_ml.domain.lifecycle import Step, StepKind
from opcua_ml.store.files import DiskFiles
from opcua_ml.store.version_store import MANIFEST, StoredPackage, VersionStore

class Counted(DiskFiles):
    left = int(sys.argv[2])
    def __getattribute__(self, name):
        if name in {"make_folder", "write", "append", "truncate", "sync", "sync_folder", "rename", "remove"}:
            if Counted.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            Counted.left -= 1
        return super().__getattribute__(name)

package = StoredPackage("2.0.0", {MANIFEST: b"two", "model.onnx": b"weights"})
store = VersionStore(Counted(), Path(sys.argv[1]), "pump", None)
store.stage(package, Step(StepKind.STAGE, "2.0.0", content_hash=package.content_hash))
store.record(Step(StepKind.PROMOTE, "2.0.0", timeout=60.0))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("step", [0, 3, 6, 9, 11, 13])
def test_a_process_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path, step: int) -> None:
    """A real one, on a real disk."""
    store = VersionStore(DiskFiles(), tmp_path, "pump", None)
    first = StoredPackage("1.0.0", {MANIFEST: b"one", "model.onnx": b"weights"})
    store.stage(first, Step(StepKind.STAGE, "1.0.0", content_hash=first.content_hash))
    store.record(Step(StepKind.PROMOTE, "1.0.0"))
    command = [sys.executable, "-c", _KILLED, str(tmp_path), str(step)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=os.environ)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    again = VersionStore(DiskFiles(), tmp_path, "pump", None)
    assert again.lifecycle.active in {"1.0.0", "2.0.0"}
    active = again.lifecycle.active
    assert (again.package(active) / "model.onnx").read_bytes() == b"weights"
