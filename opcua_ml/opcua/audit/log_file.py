"""The files of the audit log on disk: appended to, rotated by size, continued after a restart.

`audit.log` is written to; when it is full it becomes `audit-000001.log` and so on. `audit.head` holds the
number and hash of the last line that was written, so that lines cut off at the end are seen too.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, BinaryIO

from opcua_ml.atomic_file import BINARY, SECRET_MODE, replaced, sync_folder, write_atomically
from opcua_ml.opcua.audit.line import GENESIS, LARGEST_LINE, chained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CURRENT = "audit.log"
HEAD = "audit.head"
_ROTATED = re.compile(r"audit-(\d{6,})\.log")


class Durability(StrEnum):
    """When what was written is forced onto the disk."""

    EACH = "each"
    """After each batch, before it counts as written: what came meanwhile, 20 times a second at most."""
    SYSTEM = "system"
    """When the system likes; a power cut may take the last seconds."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Of one log.

    Attributes:
        folder: of its files; made where it is not there.
        largest_file: bytes after which a file is rotated.
        most_files: rotated files that are kept; the oldest goes first.
        durability: see there.
    """

    folder: Path
    largest_file: int = 10 * 1024 * 1024
    most_files: int = 100
    durability: Durability = Durability.EACH


class LogFile:
    """Appends chained lines; every method blocks and may raise OSError, after which it can be called again.

    Args:
        settings: of the log.
    """

    def __init__(self, settings: LogSettings) -> None:
        self._settings = settings
        self._file: BinaryIO | None = None
        self._size = 0
        self.sequence = 0
        self.last_hash = GENESIS
        self.findings: list[str] = []
        """What was found wrong when the log was opened, in sentences for the log itself."""
        self.head_problem = ""
        """Why the head is behind; empty where it is not."""

    def open(self) -> None:
        """Open the log where it was left."""
        if self._file is not None:
            return
        folder = self._settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / CURRENT
        self._set_torn_line_aside(path)
        last = self._last_line(path)
        if last is not None:
            self.sequence, self.last_hash = int(last["seq"]), str(last["hash"])
        self._compare_with_head()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | BINARY, SECRET_MODE)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        if self._settings.durability is Durability.EACH:
            sync_folder(folder)
        self._size = path.stat().st_size

    def append(self, batch: Sequence[dict[str, Any]]) -> None:
        """Write the fields of these records, one line each, as one; either all of them count or none."""
        self.open()
        if self._size >= self._settings.largest_file:
            self._rotate()
        sequence, last_hash = self.sequence, self.last_hash
        lines = []
        for fields in batch:
            sequence += 1
            line, last_hash = chained(fields, sequence=sequence, previous=last_hash)
            lines.append(line)
        self._write(b"".join(lines))
        self.sequence, self.last_hash = sequence, last_hash
        self._note_head()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note_head(self) -> None:
        """The lines count as written even where this fails: the head is then behind, never ahead.

        After a power cut it may be an older one, too, as its folder is not forced onto the disk. Where the
        lines are not either, it may then be ahead.
        """
        head = json.dumps({"seq": self.sequence, "hash": self.last_hash}).encode()
        try:
            with replaced(self._settings.folder / HEAD, secret=True, durable=False) as file:
                file.write(head)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.head_problem = f"the head of the audit log can't be written: {error}"
        else:
            self.head_problem = ""

    def _compare_with_head(self) -> None:
        """Go on from the head where lines behind it are gone: so the gap stays seen for good."""
        head = read_head(self._settings.folder)
        if head is None or head[0] <= self.sequence:
            return
        self.findings.append(f"lines {self.sequence + 1} to {head[0]} of the audit log are missing")
        self.sequence, self.last_hash = head

    def _write(self, data: bytes) -> None:
        file = self._file
        if file is None:
            raise OSError("the audit log is closed")
        try:
            written = 0
            while written < len(data):
                written += file.write(data[written:]) or 0
            if self._settings.durability is Durability.EACH:
                os.fsync(file.fileno())
        except OSError:
            # Nothing of the batch may stay, or it would stand there twice.
            os.truncate(self._settings.folder / CURRENT, self._size)
            raise
        self._size += len(data)

    def _rotate(self) -> None:
        folder = self._settings.folder
        numbers = _rotated_numbers(folder)
        self.close()
        (folder / CURRENT).rename(folder / f"audit-{(numbers[-1] if numbers else 0) + 1:06}.log")
        for number in numbers[: max(0, len(numbers) + 1 - self._settings.most_files)]:
            (folder / f"audit-{number:06}.log").unlink(missing_ok=True)
        self.open()

    def _set_torn_line_aside(self, path: Path) -> None:
        """Move what stands behind the last line's end into a file of its own: evidence is not destroyed."""
        if not path.exists():
            return
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - LARGEST_LINE))
            tail = file.read()
        torn = tail[tail.rfind(b"\n") + 1 :]
        if torn:
            self.findings.append(f"a line was cut short: {len(torn)} bytes are set aside")
            write_atomically(path.with_name(f"{CURRENT}.torn-{size}"), torn, secret=True)
            os.truncate(path, size - len(torn))

    def _last_line(self, path: Path) -> dict[str, Any] | None:
        """The last line of the newest file that has one."""
        folder = self._settings.folder
        rotated = [folder / f"audit-{number:06}.log" for number in reversed(_rotated_numbers(folder))]
        for file in (path, *rotated):
            if not file.exists() or not file.stat().st_size:
                continue
            with file.open("rb") as opened:
                opened.seek(max(0, file.stat().st_size - 2 * LARGEST_LINE))
                lines = opened.read().splitlines()
            try:
                last = json.loads(lines[-1])
            except ValueError:
                return None
            return last if isinstance(last, dict) and {"seq", "hash"} <= last.keys() else None
        return None


def read_head(folder: Path) -> tuple[int, str] | None:
    """Number and hash of the last line that is known to have been written; None where nothing tells."""
    try:
        head = json.loads((folder / HEAD).read_bytes())
        return int(head["seq"]), str(head["hash"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def log_files(folder: Path) -> list[Path]:
    """The files of a log, the oldest first."""
    files = [folder / f"audit-{number:06}.log" for number in _rotated_numbers(folder)]
    return [*files, folder / CURRENT] if (folder / CURRENT).exists() else files


def _rotated_numbers(folder: Path) -> list[int]:
    found = (_ROTATED.fullmatch(file.name) for file in folder.iterdir())
    return sorted(int(match.group(1)) for match in found if match)
