"""Writing a package so that it appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from opcua_ml.atomic_file import sync_folder
from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.limits import DEFAULT_LIMITS, MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def write_package(path: Path, files: Mapping[str, bytes], check: Callable[[Path], object]) -> None:
    """Write a package's files: a zip where the path ends in `.zip`, else a folder.

    What is half written has a name of its own beside the path; the last step is one rename.

    Args:
        path: of the package.
        files: their names and bytes.
        check: is called with what was written, before it appears; what it raises passes through.

    Raises:
        PackageError: there is something at the path, or it can't be written.
    """
    path = path.absolute()
    if os.path.lexists(path):
        raise PackageError(
            "there is something already, and versions don't change", where=str(path), wanted="a new path"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            _write_zip(path, files, check)
        else:
            _write_folder(path, files, check)
        sync_folder(path.parent)
    except OSError as error:
        raise PackageError(
            "the package can't be written", where=str(path), found=error.strerror or error
        ) from error


def _write_folder(path: Path, files: Mapping[str, bytes], check: Callable[[Path], object]) -> None:
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    try:
        for name, data in files.items():
            _write_file(partial / name, data)
        sync_folder(partial)
        check(partial)
        partial.chmod(0o755)  # mkdtemp keeps it from everyone else
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_zip(path: Path, files: Mapping[str, bytes], check: Callable[[Path], object]) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for entry, data in files.items():
                    info = zipfile.ZipInfo(entry, _EPOCH)
                    info.external_attr = 0o644 << 16
                    archive.writestr(info, data, _compression(data))
            stream.flush()
            os.fsync(stream.fileno())
        check(partial)
        partial.chmod(0o644)  # mkstemp keeps it from everyone else
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _compression(data: bytes) -> int:
    """Stored where deflating would make what readers must take for a bomb."""
    is_bomb = len(data) > MEBIBYTE and len(zlib.compress(data, 1)) * DEFAULT_LIMITS.ratio < len(data) * 2
    return zipfile.ZIP_STORED if is_bomb else zipfile.ZIP_DEFLATED


def _write_file(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
