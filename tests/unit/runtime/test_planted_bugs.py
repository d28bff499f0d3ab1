"""A reader of packages with a planted bug fails the test that is there for it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.runtime.onnx import graph
from opcua_ml.runtime.package import package as package_module
from opcua_ml.runtime.package.archive import Archive
from tests.unit.runtime.onnx import test_refusals
from tests.unit.runtime.package import test_archive, test_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.runtime.tampering import Tampered

    Tamper = Callable[[], Tampered]

CAUGHT = (AssertionError, pytest.fail.Exception, OpcuaMlError)


def test_a_reader_that_believes_a_file_without_its_hash_is_caught(
    tampered: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed byte: it opens a file that the manifest does not name."""

    class Yes(str):
        """Equal to whatever it is compared with."""

        __slots__ = ()

        def __eq__(self, _: object) -> bool:
            return True

        def __ne__(self, _: object) -> bool:
            return False

        __hash__ = str.__hash__

    monkeypatch.setattr(
        package_module, "hashlib", SimpleNamespace(sha256=lambda _: SimpleNamespace(hexdigest=Yes))
    )
    with pytest.raises(CAUGHT):
        test_package.test_one_changed_byte_is_found(tampered, "golden.json")


def test_a_reader_that_unpacks_without_end_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombs, by a ratio that nobody looks at."""
    checked = Archive._check_entry  # noqa: SLF001 - a bug is planted inside

    def generous(self: Archive, info: Any) -> None:
        self._limits = replace(self._limits, ratio=10**9)
        checked(self, info)

    monkeypatch.setattr(Archive, "_check_entry", generous)
    with pytest.raises(CAUGHT):
        test_archive.test_a_bomb_is_refused_by_its_ratio()


def test_a_reader_that_follows_names_out_of_the_zip_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polyglots and paths: entries are taken as they come."""
    monkeypatch.setattr(Archive, "_check_entry", lambda *_: None)
    with pytest.raises(CAUGHT):
        test_archive.test_a_path_that_leads_out_is_refused("../evil")


def test_a_reader_that_takes_hidden_bytes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip that begins with something else passes for a plain one."""
    monkeypatch.setattr(Archive, "_check_frame", lambda _: None)
    with pytest.raises(CAUGHT):
        test_archive.test_a_zip_behind_something_else_is_refused(b"MZ" + bytes(100))


def test_a_reader_that_follows_a_graph_to_other_files_is_caught(
    tampered: Tamper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """External data of ONNX: nobody looks where tensors are."""
    monkeypatch.setattr(graph, "_tensors", lambda _: ())
    with pytest.raises(CAUGHT):
        test_refusals.test_data_in_another_file_are_refused(tampered, tmp_path)
