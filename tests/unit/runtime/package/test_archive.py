"""Zips that are traps are refused before anything in them is used."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.errors import PackageError
from opcua_ml.runtime.package.archive import Archive
from opcua_ml.runtime.package.limits import MEBIBYTE, Limits
from opcua_ml.runtime.package.package import Package, open_package

SMALL = Limits(total=4 * MEBIBYTE, entries=8)


def made(*files: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content, compression)
    return stream.getvalue()


def read_all(data: bytes) -> dict[str, bytes]:
    """Every file of a zip."""
    archive = Archive(io.BytesIO(data), SMALL, "pump.zip")
    return {name: archive.read(name) for name in archive.names}


def refusal(data: bytes) -> str:
    """Why the zip is refused."""
    with pytest.raises(PackageError) as refused:
        read_all(data)
    return str(refused.value)


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    """An entry with Unix file modes."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_a_plain_zip_is_read() -> None:
    """As it was written, in folders or not."""
    data = made(("a.toml", b"one"), ("folder/b.onnx", b"two" * 100))
    archive = Archive(io.BytesIO(data), SMALL, "pump.zip")
    assert archive.names == ("a.toml", "folder/b.onnx")
    assert archive.read("folder/b.onnx") == b"two" * 100


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.bin", fullmatch=True), st.binary(), max_size=8)
)
def test_whatever_was_written_is_read(files: dict[str, bytes]) -> None:
    """For any plain names and contents."""
    assert read_all(made(*files.items())) == files


@pytest.mark.parametrize("name", ["../outside", "/absolute", "a/../../b", "C:/windows", "./dot", "a//b"])
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    """Wherever it leads, and on whatever system."""
    assert "leads out" in refusal(made((entry(name), b"x")))


def test_a_name_with_backslashes_is_refused_in_words_of_its_own() -> None:
    """Some programs on Windows write them: what is wanted is another packer, not another path."""
    told = refusal(made((entry("folder\\manifest.toml"), b"x")))
    assert "backslash" in told
    assert "forward slashes" in told


def test_a_link_is_refused() -> None:
    """It could show any file of this machine."""
    link = entry("manifest.toml", stat.S_IFLNK | 0o777)
    assert "a link in the zip" in refusal(made((link, b"/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["model.onnx", "MODEL.onnx"])
def test_two_files_of_one_name_are_refused(second: str) -> None:
    """Readers differ in which of them they take, and file systems in whether they are two."""
    data = made(("model.onnx", b"good"), (second, b"evil"))
    assert "two files of one name" in refusal(data)


def test_a_bomb_is_refused_by_its_ratio() -> None:
    """A thousand to one is no model."""
    assert "times its packed size" in refusal(made(("zeros", bytes(2 * MEBIBYTE))))


def test_too_much_is_refused_before_it_is_unpacked() -> None:
    """By the sum that the directory tells."""
    data = made(*((str(number), bytes(MEBIBYTE)) for number in range(5)), compression=zipfile.ZIP_STORED)
    assert "unpacks to too much" in refusal(data)


def test_too_many_files_are_refused() -> None:
    """Each costs memory however small it is."""
    assert "too many files" in refusal(made(*((str(number), b"") for number in range(9))))


def test_a_file_longer_than_the_directory_says_is_refused() -> None:
    """The sum above could else be a lie."""
    data = bytearray(made(("a", bytes(1000))))
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 10)
    assert "damaged" in refusal(bytes(data)) or "longer" in refusal(bytes(data))


@pytest.mark.parametrize("before", [b"#!/bin/sh\n", b"\x7fELF", b"GIF89a", b"x"])
def test_a_zip_behind_something_else_is_refused(before: bytes) -> None:
    """A file that is two things at once is meant to deceive somebody."""
    assert "belong to no file" in refusal(before + made(("a", b"x")))


def test_a_zip_before_something_else_is_refused() -> None:
    """Also where the end is hidden in the comment."""
    data = made(("a", b"x"))
    assert refusal(data + b"evil")
    assert "after the zip's end" in refusal(data[:-2] + struct.pack("<H", 4) + b"evil")


def test_bytes_between_the_files_are_refused() -> None:
    """Nobody would see them."""
    data = made(("a", b"x"), ("b", b"y"))
    second = data.index(b"PK\x03\x04", 4)
    directory = data.index(b"PK\x01\x02")
    torn = bytearray(data[:second] + b"hidden" + data[second:])
    struct.pack_into("<I", torn, data.index(b"PK\x01\x02", directory + 4) + 6 + 42, second + 6)
    struct.pack_into("<I", torn, len(torn) - 6, directory + 6)
    assert "belong to no file" in refusal(bytes(torn))


def test_an_encrypted_file_is_refused() -> None:
    """It can't be hashed before it is read."""
    data = bytearray(made(("a", b"x")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(data))


def test_an_unusual_packing_is_refused() -> None:
    """Two ways of packing are plenty."""
    data = made(("a", b"x" * 100), compression=zipfile.ZIP_LZMA)
    assert "packed in an unusual way" in refusal(data)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06", bytes(22)])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    """In one sentence."""
    assert "not a readable zip" in refusal(data)


def test_a_changed_byte_is_refused(zipped: Path) -> None:
    """By the zip's own check or by the manifest's hash, wherever it is."""
    whole = zipped.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        zipped.write_bytes(changed)
        try:
            package = open_package(zipped)
        except PackageError:
            continue
        # Only what is no content: times and rights of the entries.
        zipped.write_bytes(whole)
        assert package.content_hash == open_package(zipped).content_hash


def test_a_package_is_the_same_as_a_zip_and_as_a_folder(packed: Package, opened: Package) -> None:
    """By its content hash, and by what is read from it."""
    assert opened.content_hash == packed.content_hash
    assert opened.manifest == packed.manifest
    assert opened.golden == packed.golden


def test_a_zip_of_the_folder_itself_is_a_package(packed: Package, tmp_path: Path) -> None:
    """As one gets it by packing the folder with a right click."""
    path = tmp_path / "pump.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in packed.path.iterdir():
            archive.write(file, f"pump-1.2.0/{file.name}")
    assert open_package(path).content_hash == packed.content_hash
