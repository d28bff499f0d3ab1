"""What a crash left of uploads, and what somebody else put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.service.versions.uploads import FOLDER, Uploads

if TYPE_CHECKING:
    from pathlib import Path


async def _staged(_path: Path, _who: str, _model: str) -> str:
    return ""


def _known(_model: str) -> None:
    """Every model."""


def test_what_a_crash_left_goes_and_a_folder_stays(tmp_path: Path) -> None:
    """Neither keeps the service from its start."""
    folder = tmp_path / FOLDER
    (folder / "folder.zip").mkdir(parents=True)
    (folder / "notes").mkdir()
    (folder / "left.zip").write_bytes(b"half")
    Uploads(_staged, _known, tmp_path, 1)
    assert sorted(path.name for path in folder.iterdir()) == ["folder.zip", "notes"]
