"""What a crash left of uploads, and what somebody else put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from opcua_ml.service.versions.uploads import FOLDER, Uploads

if TYPE_CHECKING:
    from pathlib import Path


async def _staged(_path: Path, _who: str, _model: str) -> str:
    return "pump 2.0.0"


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


async def test_a_staged_upload_is_told_in_the_log(tmp_path: Path) -> None:
    """Which model and version, and who sent it."""
    uploads = Uploads(_staged, _known, tmp_path, 1)
    with capture_logs() as lines:
        await uploads.stage(tmp_path / "pump.zip", "pump", "ann")
    assert lines == [{"event": "package staged", "version": "pump 2.0.0", "by": "ann", "log_level": "info"}]
