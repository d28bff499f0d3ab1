"""`opcua-ml signer` and `opcua-ml sign`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.cli.main import main
from opcua_ml.store.packages import read_package
from opcua_ml.store.signing import FILE, read_signers, signer_of
from opcua_ml.store.version_store import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def ended(*arguments: str) -> int:
    """The exit code of the command line."""
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def test_a_package_is_signed_by_a_new_signer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy has the same hash, and the public key believes it; a key is never overwritten."""
    assert ended("signer", "new", "ann", "--folder", str(tmp_path)) == 0
    if sys.platform != "win32":
        assert (tmp_path / "ann.key").stat().st_mode & 0o077 == 0
    source, signed = bundled.model("pump_flow"), tmp_path / "flow.zip"
    key = ["--key", str(tmp_path / "ann.key")]
    assert ended("sign", str(source), *key, "--path", str(signed)) == 0
    before, after = read_package(source), read_package(signed)
    assert before.content_hash == after.content_hash
    assert signer_of(after.files[MANIFEST], after.files[FILE], read_signers(tmp_path), "flow") == "ann"
    assert ended("signer", "new", "ann", "--folder", str(tmp_path)) == 1
    assert "there is a key already" in capsys.readouterr().err
