"""A disk in memory that fails, or loses its power, at the n-th step."""

from __future__ import annotations

import errno
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Ended(BaseException):
    """The process was killed here."""


class Injected(Enum):
    """What goes wrong at the chosen step."""

    FAILS = "the step fails and does nothing"
    HALF_FAILS = "the step fails, and half of its bytes were written"
    ENDS_BEFORE = "killed before the step"
    ENDS_HALFWAY = "killed after half of its bytes"
    ENDS_AFTER = "killed after the step"

    @property
    def is_end(self) -> bool:
        """Whether the process is gone."""
        return self.name.startswith("ENDS")

    @property
    def is_half(self) -> bool:
        """Whether half of the bytes were written."""
        return self in {Injected.HALF_FAILS, Injected.ENDS_HALFWAY}


class Loss(Enum):
    """What the next process finds of what was not synced."""

    NOTHING = "all: the machine stayed on"
    ALL = "nothing"
    CONTENT = "entries of folders, but no content"
    ENTRIES = "content, but no entries of folders"


class _File:
    def __init__(self, data: bytes = b"", kept: bytes = b"") -> None:
        self.data, self.kept = data, kept


class _Folder:
    def __init__(self) -> None:
        self.entries: dict[str, _File | _Folder] = {}
        self.kept: dict[str, _File | _Folder] = {}


class SimulatedDisk:
    """Files; see opcua_ml.store.files."""

    def __init__(self) -> None:
        self._root = _Folder()
        self.steps = 0
        self._at = 0
        self._injected: Injected | None = None

    def inject(self, at: int, what: Injected) -> None:
        """Let it go wrong at the step of this number, counted from 1 on from now."""
        self.steps, self._at, self._injected = 0, at, what

    def after(self, loss: Loss) -> SimulatedDisk:
        """What another process finds later."""
        disk = SimulatedDisk()
        disk._root = _survivor(self._root, loss)
        return disk

    @property
    def snapshot(self) -> object:
        """Equal where everything on it is, and what of that was synced."""
        return _snapshot(self._root)

    def exists(self, path: Path) -> bool:
        """See Files."""
        try:
            self._node(path)
        except FileNotFoundError:
            return False
        return True

    def names(self, folder: Path) -> list[str]:
        """See Files."""
        return sorted(self._folder(folder).entries)

    def read(self, path: Path) -> bytes:
        """See Files."""
        return self._file(path).data

    def make_folder(self, path: Path) -> None:
        """See Files."""
        parent = self._folder(path.parent)
        if path.name in parent.entries:
            raise FileExistsError(errno.EEXIST, "there already", str(path))
        self._step(lambda _: parent.entries.__setitem__(path.name, _Folder()))

    def write(self, path: Path, data: bytes) -> None:
        """See Files."""

        def act(half: bool) -> None:
            file = self._made(path)
            file.data = data[: len(data) // 2] if half else data

        self._step(act)

    def append(self, path: Path, data: bytes) -> None:
        """See Files."""

        def act(half: bool) -> None:
            self._made(path).data += data[: len(data) // 2] if half else data

        self._step(act)

    def truncate(self, path: Path, size: int) -> None:
        """See Files."""
        file = self._file(path)
        self._step(lambda _: setattr(file, "data", file.data[:size]))

    def sync(self, path: Path) -> None:
        """See Files."""
        file = self._file(path)
        self._step(lambda _: setattr(file, "kept", file.data))

    def sync_folder(self, path: Path) -> None:
        """See Files."""
        folder = self._folder(path)
        self._step(lambda _: setattr(folder, "kept", dict(folder.entries)))

    def rename(self, source: Path, target: Path) -> None:
        """See Files."""
        start, end = self._folder(source.parent), self._folder(target.parent)
        node = self._node(source)
        if target.name in end.entries:
            raise FileExistsError(errno.EEXIST, "there already", str(target))

        def act(_: bool) -> None:
            del start.entries[source.name]
            end.entries[target.name] = node

        self._step(act)

    def remove(self, path: Path) -> None:
        """See Files; half of it leaves a folder without its first file."""
        parent, node = self._folder(path.parent), self._node(path)

        def act(half: bool) -> None:
            if half and isinstance(node, _Folder):
                for name in list(node.entries)[:1]:
                    del node.entries[name]
            else:
                del parent.entries[path.name]

        self._step(act)

    def _step(self, act: object) -> None:
        assert callable(act)
        self.steps += 1
        injected = self._injected if self.steps == self._at else None
        if injected is None or injected is Injected.ENDS_AFTER:
            act(False)
        elif injected.is_half:
            act(True)
        if injected is not None and injected.is_end:
            raise Ended
        if injected is not None:
            raise OSError(errno.EIO, "Input/output error")

    def _node(self, path: Path) -> _File | _Folder:
        node: _File | _Folder = self._root
        for part in path.parts[1:]:
            if not isinstance(node, _Folder) or part not in node.entries:
                raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
            node = node.entries[part]
        return node

    def _folder(self, path: Path) -> _Folder:
        node = self._node(path)
        assert isinstance(node, _Folder)
        return node

    def _file(self, path: Path) -> _File:
        node = self._node(path)
        assert isinstance(node, _File)
        return node

    def _made(self, path: Path) -> _File:
        node = self._folder(path.parent).entries.setdefault(path.name, _File())
        assert isinstance(node, _File)
        return node


def _survivor(folder: _Folder, loss: Loss) -> _Folder:
    found = _Folder()
    entries = folder.kept if loss in {Loss.ALL, Loss.ENTRIES} else folder.entries
    for name, node in entries.items():
        if isinstance(node, _Folder):
            found.entries[name] = found.kept[name] = _survivor(node, loss)
        else:
            data = node.kept if loss in {Loss.ALL, Loss.CONTENT} else node.data
            found.entries[name] = found.kept[name] = _File(data, data)
    if loss is Loss.NOTHING:
        _forget_syncs(folder, found)
    return found


def _forget_syncs(before: _Folder, found: _Folder) -> None:
    """The machine stayed on: what was not synced still waits to be."""
    for name, node in found.entries.items():
        if name not in before.kept:
            del found.kept[name]
        old = before.entries[name]
        if isinstance(node, _File) and isinstance(old, _File):
            node.kept = old.kept


def _snapshot(node: _File | _Folder) -> object:
    if isinstance(node, _File):
        return node.data, node.kept
    return tuple((name, name in node.kept, _snapshot(one)) for name, one in sorted(node.entries.items()))
