"""Opening a package: what is missing, changed or not a package is told in one sentence."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import ArtifactCorrupted, HashMismatch, ManifestInvalid, PackageError
from opcua_ml.runtime.package.limits import Limits
from opcua_ml.runtime.package.package import Package, open_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.runtime.tampering import Tampered

    Tamper = Callable[[], Tampered]

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links want rights that Windows keeps back")


def test_the_card_tells_what_was_packed(packed: Package) -> None:
    """Identification as the address space will show it."""
    card = packed.card
    assert (card.name, card.version, card.task.value) == ("pump", "1.2.0", "classification")
    assert card.estimator == "Pipeline(StandardScaler, LogisticRegression)"
    assert card.framework.startswith("scikit-learn 1.")
    assert len(card.content_hash) == len(card.training_data_hash) == 64


def test_there_is_nothing(tmp_path: Path) -> None:
    """A path that leads nowhere."""
    with pytest.raises(PackageError, match="no model package here; found nothing"):
        open_package(tmp_path / "nowhere")


def test_a_folder_without_a_manifest_is_no_package(tmp_path: Path) -> None:
    """Whatever else is in it."""
    with pytest.raises(ManifestInvalid, match="the manifest is missing"):
        open_package(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "model.skops", "model.joblib", "golden.json"])
def test_a_missing_file_is_told_by_its_name(tampered: Tamper, name: str) -> None:
    """Every file that the manifest names must be there."""
    package = tampered()
    (package.path / name).unlink()
    with pytest.raises(PackageError, match=f"{name}: the file is missing"):
        open_package(package.path)


@pytest.mark.parametrize("name", ["model.onnx", "model.skops", "model.joblib", "golden.json"])
def test_one_changed_byte_is_found(tampered: Tamper, name: str) -> None:
    """Before anything parses the file; both hashes are told."""
    package = tampered()
    data = bytearray(package.read(name))
    data[len(data) // 2] ^= 1
    package.write(name, bytes(data))
    with pytest.raises(HashMismatch, match=f"{name}: not the file that the manifest names") as refused:
        open_package(package.path)
    assert refused.value.found == package.sha256(name)


def test_a_longer_file_is_found(tampered: Tamper) -> None:
    """By its hash."""
    package = tampered()
    package.write("model.onnx", package.read("model.onnx") + b"more")
    with pytest.raises(HashMismatch):
        open_package(package.path)


def test_a_file_changed_after_opening_is_found(tampered: Tamper) -> None:
    """What is parsed is what was hashed: files are hashed again each time they are read."""
    folder = tampered()
    package = open_package(folder.path)
    folder.write("golden.json", b'{"inputs": [[0, 0, 0, 0]], "outputs": [[0, [1, 0, 0], 1]]}')
    with pytest.raises(HashMismatch):
        _ = package.golden


def test_a_file_over_the_limit_is_not_read(packed: Package) -> None:
    """However often its hash is right."""
    with pytest.raises(PackageError, match="too long; wanted at most 100 bytes"):
        open_package(packed.path, limits=Limits(artifact=100))


def test_files_that_the_manifest_does_not_name_are_never_opened(tampered: Tamper) -> None:
    """They may be there, and unreadable: no harm comes of them."""
    package = tampered()
    (package.path / "README.md").write_text("hello")
    if hasattr(os, "mkfifo"):
        os.mkfifo(package.path / "pipe")  # opening it would block for ever
    assert open_package(package.path).manifest.name == "pump"


@needs_links
def test_a_link_out_of_the_folder_is_refused(tampered: Tamper, tmp_path: Path) -> None:
    """Even to a file whose hash is right."""
    package = tampered()
    outside = tmp_path / "outside.onnx"
    (package.path / "model.onnx").rename(outside)
    (package.path / "model.onnx").symlink_to(outside)
    with pytest.raises(PackageError, match="a link leads out of the package"):
        open_package(package.path)


@needs_links
def test_a_link_within_the_folder_is_followed(tampered: Tamper) -> None:
    """As container platforms mount them."""
    package = tampered()
    (package.path / "data").mkdir()
    (package.path / "model.onnx").rename(package.path / "data" / "model.onnx")
    (package.path / "model.onnx").symlink_to("data/model.onnx")
    assert open_package(package.path).manifest.name == "pump"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_place_of_a_file_is_refused(tampered: Tamper) -> None:
    """Opening it would block for ever."""
    package = tampered()
    (package.path / "model.onnx").unlink()
    os.mkfifo(package.path / "model.onnx")
    with pytest.raises(PackageError, match="not a plain file"):
        open_package(package.path)


@pytest.mark.parametrize(
    "golden",
    [
        b"no JSON",
        b"[]",
        b'{"inputs": [], "outputs": []}',
        b'{"inputs": [[1, 2, 3, 4]], "outputs": []}',
        b'{"inputs": [[1, 2, 3]], "outputs": [[0, [1, 0, 0], 1]]}',
        b'{"inputs": [[1, 2, 3, "x"]], "outputs": [[0, [1, 0, 0], 1]]}',
        b'{"inputs": [[1, 2, 3, 4]], "outputs": [[0, [1, 0], 1]]}',
        b'{"inputs": [[1, 2, 3, 4]], "outputs": [[0, [1, 0, null], 1]]}',
        b'{"inputs": [[1, 2, 3, {}]], "outputs": [[0, [1, 0, 0], 1]]}',
        b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b', "outputs": []}',
    ],
)
def test_golden_rows_that_are_none_are_refused(tampered: Tamper, golden: bytes) -> None:
    """With the right hash, but not rows of the signature."""
    package = tampered()
    package.replace("golden.json", golden)
    opened = open_package(package.path)
    with pytest.raises((ArtifactCorrupted, ManifestInvalid), match="golden"):
        _ = opened.golden


def test_a_file_of_another_size_than_told_is_refused(tampered: Tamper) -> None:
    """Though its hash is right: the manifest contradicts itself."""
    package = tampered()
    manifest = package.manifest()
    manifest["golden"]["size"] += 1
    package.tell(manifest)
    with pytest.raises(ManifestInvalid, match="another size than the manifest names; found"):
        open_package(package.path)
