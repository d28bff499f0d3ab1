"""Files are the old or the whole new one, and private ones private from their first byte."""

from __future__ import annotations

import os
import sys
from stat import S_ISDIR
from typing import TYPE_CHECKING

import pytest

from opcua_ml.atomic_file import readable_by_others, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_the_new_content_replaces_the_old_and_nothing_else_is_left(tmp_path: Path) -> None:
    """Line ends included; missing folders are made."""
    file = tmp_path / "new" / "file"
    write_atomically(file, b"old\r\n")
    write_atomically(file, b"new\n")
    assert file.read_bytes() == b"new\n"
    assert [entry.name for entry in file.parent.iterdir()] == ["file"]


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full at the last moment destroys nothing."""
    file = tmp_path / "file"
    write_atomically(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the entries of folders by itself")
def test_the_file_is_on_the_disk_before_its_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after the call undoes nothing."""
    file, seen = tmp_path / "file", []
    sync = os.fsync

    def seen_sync(descriptor: int) -> None:
        seen.append((S_ISDIR(os.fstat(descriptor).st_mode), file.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", seen_sync)
    write_atomically(file, b"content")
    assert seen == [(False, False), (True, True)]
    write_atomically(file, b"other", durable=False)
    assert len(seen) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists in place of modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_secret_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    """And stays so when it is written again."""
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "key", b"secret", secret=True)
        write_atomically(tmp_path / "key", b"secret", secret=True)
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert not readable_by_others(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    assert readable_by_others(tmp_path / "key")


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    """Nobody knows the temporary one."""
    path = tmp_path / ("x" * 300)
    with pytest.raises(OSError, match="too long") as caught:
        write_atomically(path, b"")
    assert caught.value.filename == str(path)
