"""Where the files of a package come from: a folder or a zip, read with limits."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opcua_ml.runtime.package.limits import Limits


class PackageFiles(Protocol):
    """Files by their plain names."""

    def has(self, name: str) -> bool:
        """Whether there is something of that name.

        Raises:
            PackageError: the store can't be looked into.
        """

    def read(self, name: str, limit: int) -> bytes:
        """The whole file, at most `limit` bytes.

        Raises:
            PackageError: there is no such file, it is no plain file of the package, or it is too long.
        """


def open_files(path: Path, limits: Limits) -> PackageFiles:
    """The store of a package's folder or zip.

    Raises:
        PackageError: there is neither.
    """
    if path.is_dir():
        return Folder(path)
    if path.is_file():
        return Zip(path, limits)
    raise PackageError(
        "no model package here",
        where=str(path),
        found="nothing" if not path.exists() else "no folder and no plain file",
        wanted="a folder or a .zip file with a manifest.toml",
    )


class Folder:
    """A package as a folder. Symbolic links are followed inside of it and nowhere else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = path.resolve()

    def has(self, name: str) -> bool:
        """See `PackageFiles`."""
        return (self._root / name).exists()

    def read(self, name: str, limit: int) -> bytes:
        """See `PackageFiles`."""
        where = str(self._path / name)
        real = (self._root / name).resolve()
        if not real.is_relative_to(self._root):
            raise PackageError("a link leads out of the package", where=where, found=real)
        try:
            if not stat.S_ISREG(real.stat().st_mode):
                raise PackageError("not a plain file", where=where)
            with real.open("rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise PackageError("not a plain file", where=where)
                data = file.read(limit + 1)
        except FileNotFoundError as error:
            raise PackageError("the file is missing", where=where) from error
        except OSError as error:
            raise PackageError("the file can't be read", where=where, found=error.strerror) from error
        if len(data) > limit:
            raise PackageError("the file is too long", where=where, wanted=f"at most {limit} bytes")
        return data


class Zip:
    """A package as a zip, whose files stand at its top or together in one folder of it."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits

    def has(self, name: str) -> bool:
        """See `PackageFiles`."""
        with self._opened() as archive:
            return _folder(archive.names) + name in archive.names

    def read(self, name: str, limit: int) -> bytes:
        """See `PackageFiles`."""
        where = f"{self._path}/{name}"
        with self._opened() as archive:
            full = _folder(archive.names) + name
            if full not in archive.names:
                raise PackageError("the file is missing", where=where)
            if archive.size(full) > limit:
                raise PackageError("the file is too long", where=where, wanted=f"at most {limit} bytes")
            return archive.read(full)

    @contextmanager
    def _opened(self) -> Iterator[Archive]:
        try:
            with self._path.open("rb") as stream:
                yield Archive(stream, self._limits, str(self._path))
        except OSError as error:
            raise PackageError(
                "the file can't be read", where=str(self._path), found=error.strerror
            ) from error


def _folder(names: tuple[str, ...]) -> str:
    own = [name for name in names if not _is_litter(name)]
    tops = {PurePosixPath(name).parts[0] for name in own if "/" in name}
    if len(tops) == 1 and all("/" in name for name in own):
        return f"{tops.pop()}/"
    return ""


def _is_litter(name: str) -> bool:
    """What the Finder of macOS adds to the zips that it makes."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"
