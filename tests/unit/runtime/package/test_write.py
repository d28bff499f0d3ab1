"""A package appears whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.files import open_files
from opcua_ml.runtime.package.limits import MEBIBYTE, Limits
from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.package.write import write_package

FILES = {"manifest.toml": b"x = 1\n", "model.bin": bytes(range(256))}
BOTH = pytest.mark.parametrize("name", ["package", "package.zip"])


def accept(_: Path) -> None:
    """No objection."""


@BOTH
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    """From a folder that is made where it is missing."""
    path = tmp_path / "new" / name
    write_package(path, FILES, accept)
    store = open_files(path, Limits())
    assert {file: store.read(file, 1000) for file in FILES} == FILES
    assert list(path.parent.iterdir()) == [path]


@BOTH
def test_what_is_there_is_never_replaced(tmp_path: Path, name: str) -> None:
    """Versions don't change."""
    path = tmp_path / name
    write_package(path, FILES, accept)
    with pytest.raises(PackageError, match="there is something already"):
        write_package(path, {"other": b""}, accept)
    assert open_files(path, Limits()).has("model.bin")


@BOTH
def test_what_is_objected_to_does_not_appear(tmp_path: Path, name: str) -> None:
    """Nor is anything left of it."""

    def object_to(written: Path) -> None:
        with pytest.raises(PackageError):
            open_package(written)
        raise PackageError("not good enough")

    with pytest.raises(PackageError, match="not good enough"):
        write_package(tmp_path / name, FILES, object_to)
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_nothing_appears_where_the_writer_is_killed(tmp_path: Path, name: str) -> None:
    """Half a package has another name, with which nobody takes it for one."""
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from opcua_ml.runtime.package.write import write_package\n"
        "write_package(Path(sys.argv[1]), {'manifest.toml': b'x'}, lambda _: os._exit(9))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / name)]
    assert subprocess.run(command, check=False, timeout=60).returncode == 9
    assert not (tmp_path / name).exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".partial"]


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """In one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PackageError, match="the package can't be written"):
        write_package(tmp_path / "file" / "package", FILES, accept)


def test_what_packs_like_a_bomb_is_stored_and_can_be_read(tmp_path: Path) -> None:
    """A model may well hold a mebibyte of zeros."""
    path = tmp_path / "package.zip"
    write_package(path, {"zeros": bytes(3 * MEBIBYTE)}, accept)
    assert open_files(path, Limits()).read("zeros", 4 * MEBIBYTE) == bytes(3 * MEBIBYTE)


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    """Whenever they are written."""
    for name in ("a.zip", "b.zip"):
        write_package(tmp_path / name, FILES, accept)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
