"""A zip that is exactly a zip: no traps, no hidden bytes, nothing that unpacks without end.

Layout as in PKWARE's APPNOTE.TXT 6.3.10, 4.3: local entries, central directory, end record; no Zip64, as
no package comes near 4 GiB.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.limits import MEBIBYTE

if TYPE_CHECKING:
    from opcua_ml.runtime.package.limits import Limits

_END = struct.Struct("<4sHHHHIIH")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_LINK = 0o120000
_FILE_TYPE = 0o170000
_DESCRIBED_LATER = 0x08
_DESCRIPTORS = (0, 12, 16)
_ENCRYPTED = 0x01
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """An open zip whose shape has been checked; entries are read with their limits.

    Args:
        stream: seekable, of a whole zip file; stays the caller's to close.
        limits: for sizes, count and ratio.
        where: told in errors.

    Raises:
        PackageError: it is not a plain zip, or could be a trap.
    """

    def __init__(self, stream: BinaryIO, limits: Limits, where: str) -> None:
        self._stream = stream
        self._where = where
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(stream)
        except _DAMAGE as error:
            raise PackageError("not a readable zip", where=where, found=str(error)) from error
        self._check_frame()
        self._entries = self._checked_entries()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, in the order of the central directory."""
        return tuple(self._entries)

    def size(self, name: str) -> int:
        """Unpacked size as the directory states it; reading holds the file to it."""
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """One file whole.

        Raises:
            PackageError: its bytes are not what the directory states.
        """
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as file:
                data = file.read(entry.file_size + 1)
        except _DAMAGE as error:
            raise PackageError("the zip is damaged", where=f"{self._where}: {name}", found=error) from error
        if len(data) != entry.file_size:
            raise self._trap("a file is longer than the zip says", name)
        return data

    def _trap(self, what: str, found: object = None, wanted: object = None) -> PackageError:
        return PackageError(what, where=self._where, found=found, wanted=wanted)

    def _check_frame(self) -> None:
        """Nothing before the first entry, between entries, or after the end record."""
        size = self._stream.seek(0, 2)
        if size < _END.size:
            raise self._trap("not a readable zip", f"{size} bytes")
        self._stream.seek(size - _END.size)
        signature, *_, length, offset, comment = _END.unpack(self._stream.read(_END.size))
        if signature != b"PK\x05\x06" or comment:
            raise self._trap("bytes after the zip's end", wanted="a zip without a comment and nothing else")
        if offset + length != size - _END.size:
            raise self._trap("bytes in the zip that belong to no file", wanted="a zip and nothing else")
        self._check_entries_adjoin(offset)

    def _check_entries_adjoin(self, directory: int) -> None:
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        if len(infos) > self._limits.entries:
            raise self._trap("too many files in the zip", len(infos), f"at most {self._limits.entries}")
        offsets = [*(info.header_offset for info in infos), directory]
        place = 0
        for info, following in zip(infos, offsets[1:], strict=True):
            self._stream.seek(info.header_offset)
            header = self._stream.read(_LOCAL.size)
            if info.header_offset != place or len(header) < _LOCAL.size:
                raise self._trap("bytes in the zip that belong to no file", wanted="a zip and nothing else")
            *_, name, extra = _LOCAL.unpack(header)
            end = info.header_offset + _LOCAL.size + name + extra + info.compress_size
            slack = _DESCRIPTORS if info.flag_bits & _DESCRIBED_LATER else (0,)
            if following - end not in slack:
                raise self._trap("bytes in the zip that belong to no file", wanted="a zip and nothing else")
            place = following

    def _checked_entries(self) -> dict[str, zipfile.ZipInfo]:
        entries: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        total = 0
        for info in self._zip.infolist():
            self._check_entry(info)
            folded = info.filename.casefold().rstrip("/")
            if folded in seen:
                raise self._trap("two files of one name in the zip", info.filename)
            seen.add(folded)
            total += info.file_size
            if total > self._limits.total:
                raise self._trap("the zip unpacks to too much", f"{total} bytes", f"{self._limits.total}")
            if not info.is_dir():
                entries[info.filename] = info
        return entries

    def _check_entry(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        parts = name.rstrip("/").split("/")
        if "\\" in name:
            wanted = "names with forward slashes (APPNOTE.TXT, 4.4.17.1)"
            raise self._trap("a name in the zip has a backslash", repr(name), wanted)
        if "\0" in name or ":" in name or any(part in {"", ".", ".."} for part in parts):
            raise self._trap("a path in the zip leads out of it", repr(name), "plain file names")
        if info.external_attr >> 16 & _FILE_TYPE == _LINK:
            raise self._trap("a link in the zip", name, "plain files")
        if info.flag_bits & _ENCRYPTED:
            raise self._trap("an encrypted file in the zip", name, "plain files")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self._trap("a file in the zip is packed in an unusual way", name, "stored or deflated")
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > MEBIBYTE and ratio > self._limits.ratio:
            raise self._trap(
                "a file in the zip unpacks to too much",
                f"{name}, {ratio:.0f} times its packed size",
                f"at most {self._limits.ratio} times",
            )
