"""Packing tells what it is at, where somebody looks."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from opcua_ml.runtime.packing.pack import pack

if TYPE_CHECKING:
    from pathlib import Path

ROWS = np.random.default_rng(3).normal(size=(40, 2))


def packed(path: Path) -> None:
    """A small forest, as nothing depends on its size."""
    pack(
        IsolationForest(n_estimators=3, random_state=1).fit(ROWS),
        ROWS,
        name="iso",
        version="1.0.0",
        path=path,
    )


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_each_step_is_a_line_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which begins with the package's name and version."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, os.fdopen(ours, "rb", buffering=0) as screen:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stderr", terminal)
            packed(tmp_path / "package")
        lines = screen.read(4096).decode().splitlines()
    assert lines[0] == "iso 1.0.0: inferring the signature …"
    assert any("making the skops artifact" in line for line in lines)
    assert all(line.startswith("iso 1.0.0: ") for line in lines)


def test_nothing_is_told_where_nobody_looks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A script's standard error stays empty."""
    packed(tmp_path / "package")
    assert capfd.readouterr() == ("", "")
