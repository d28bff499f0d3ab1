"""`opcua-ml audit verify`: whole or broken, and where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from opcua_ml.cli.audit import audit
from opcua_ml.opcua.audit.log_file import CURRENT, LogFile, LogSettings
from opcua_ml.opcua.audit.verification import AuditLogBroken

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path) -> Path:
    """A log of three lines."""
    log = LogFile(LogSettings(folder))
    log.append([{"message": str(number)} for number in range(3)])
    log.close()
    return folder


def test_a_whole_log_is_told_with_the_hash_that_stands_for_it(tmp_path: Path) -> None:
    """As a sentence and as JSON; a single file may be given too."""
    folder = written(tmp_path)
    shown = json.loads(CliRunner().invoke(audit, ["verify", str(folder), "-o", "json"]).output)
    assert (shown["first"], shown["last"]) == (1, 3)
    sentence = CliRunner().invoke(audit, ["verify", str(folder / CURRENT)])
    assert sentence.exit_code == 0
    assert f"whole: lines 1 to 3, last hash {shown['hash']}" in sentence.output


def test_a_changed_line_is_told_with_its_place(tmp_path: Path) -> None:
    """File and line."""
    file = written(tmp_path) / CURRENT
    file.write_text(file.read_text().replace('"message":"1"', '"message":"9"'))
    result = CliRunner().invoke(audit, ["verify", str(tmp_path)])
    assert isinstance(result.exception, AuditLogBroken)
    assert f"{file}:2" in str(result.exception)


def test_missing_first_lines_are_told(tmp_path: Path) -> None:
    """They may have been rotated away; it is said either way."""
    file = written(tmp_path) / CURRENT
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    result = CliRunner().invoke(audit, ["verify", str(tmp_path)])
    assert "lines 1 to 1 are in files that are no longer there" in result.output
