"""The audit log on disk: nothing is lost silently, nothing is changed unseen, nobody waits for it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.domain.errors import FolderInUse
from opcua_ml.opcua.audit import log as audit_log
from opcua_ml.opcua.audit.log import AuditLog
from opcua_ml.opcua.audit.log_file import CURRENT, HEAD, Durability, LogFile, LogSettings, log_files
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.audit.verification import AuditLogBroken, verify

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.opcua.audit.log import AuditLogState


def write(number: int) -> AuditRecord:
    """Some record."""
    return AuditRecord(kind=AuditKind.WRITE_UPDATE, user=f"user{number}", details={"NewValue": number})


async def logged(folder: Path, count: int, **settings: Any) -> None:
    """A log that was opened, took so many records and was closed."""
    log = AuditLog(LogSettings(folder, **settings))
    log.open()
    for number in range(count):
        log.record(write(number))
        if settings:
            assert log.flush(5)
    await log.close()
    assert log.state.healthy


def files(folder: Path, pattern: str) -> list[Path]:
    """The files that fit."""
    return list(folder.glob(pattern))


def lines(folder: Path) -> list[str]:
    """All lines of all files."""
    return [line for file in log_files(folder) for line in file.read_text().splitlines()]


async def test_records_come_out_as_they_went_in(tmp_path: Path) -> None:
    """In order, between the lines that say when the log was open."""
    await logged(tmp_path, 100)
    read = [json.loads(line) for line in lines(tmp_path)]
    assert [line["seq"] for line in read] == list(range(1, 103))
    assert [line["user"] for line in read[1:-1]] == [f"user{number}" for number in range(100)]
    assert verify(tmp_path).last == 102


async def test_a_flood_is_written_in_few_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes the interpreter from the event loop; the first record of a quiet time waits for nothing."""
    monkeypatch.setattr(audit_log, "REST_SECONDS", 0.5)
    batches: list[int] = []
    append = LogFile.append

    def counted(self: LogFile, told: list[dict[str, Any]]) -> None:
        batches.append(len(told))
        append(self, told)

    monkeypatch.setattr(LogFile, "append", counted)
    log = AuditLog(LogSettings(tmp_path))
    log.open()
    begun = time.monotonic()
    for number in range(300):
        log.record(write(number))
        await asyncio.sleep(0.001)
    seconds = time.monotonic() - begun
    assert log.flush(5)
    assert len(batches) <= 3 + 2 * seconds  # two a second, the first one, and who did not wait
    await log.close()
    assert sum(batches) == 302


async def test_a_log_has_one_writer_at_a_time(tmp_path: Path) -> None:
    """A second service is refused, and the chain stays whole; after the first has closed it may write."""
    first, second = AuditLog(LogSettings(tmp_path)), AuditLog(LogSettings(tmp_path))
    first.open()
    with pytest.raises(FolderInUse, match="another service writes this audit log"):
        second.open()
    await first.close()
    second.open()
    await second.close()
    assert verify(tmp_path).last == 4


def test_the_log_of_a_process_that_was_killed_can_be_written_on(tmp_path: Path) -> None:
    """Its lock went with it."""
    script = (
        "import os, pathlib\n"
        "from opcua_ml.opcua.audit.log import AuditLog\n"
        "from opcua_ml.opcua.audit.log_file import LogSettings\n"
        f"AuditLog(LogSettings(pathlib.Path({str(tmp_path)!r}))).open()\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 9
    asyncio.run(logged(tmp_path, 1))


async def test_a_restart_goes_on_where_the_log_ended(tmp_path: Path) -> None:
    """One chain over all runs."""
    for _ in range(3):
        await logged(tmp_path, 5)
    assert verify(tmp_path).last == 21


async def test_full_files_are_rotated_and_the_chain_goes_over_them(tmp_path: Path) -> None:
    """Each file is closed and kept; the oldest goes when there are too many."""
    await logged(tmp_path, 40, largest_file=2000)
    assert len(log_files(tmp_path)) > 3
    assert verify(tmp_path).first == 1
    await logged(tmp_path, 40, largest_file=2000, most_files=3)
    assert len(log_files(tmp_path)) == 4
    verified = verify(tmp_path)
    assert verified.first > 1
    assert verified.last == 84


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists in place of modes")
async def test_only_its_owner_may_read_the_log(tmp_path: Path) -> None:
    """It tells who does what."""
    await logged(tmp_path / "audit", 1)
    for file in (tmp_path / "audit").iterdir():
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [0, 1, 5, 11])
@pytest.mark.parametrize("attack", ["change", "cut out", "put in", "swap"])
async def test_every_change_is_seen_with_its_place(tmp_path: Path, number: int, attack: str) -> None:
    """A changed value, a missing line, a line of one's own, two lines changed about."""
    await logged(tmp_path, 10)
    file = tmp_path / CURRENT
    held = file.read_text().splitlines(keepends=True)
    if attack == "change":
        held[number] = held[number].replace('"ok":true', '"ok":false')
    elif attack == "cut out":
        del held[number]
    elif attack == "put in":
        held.insert(number, held[number])
    else:
        held[number], held[number - 1] = held[number - 1], held[number]
    file.write_text("".join(held))
    if (attack, number) == ("cut out", 0):
        # What looks like a log whose first file was rotated away says so by its first number.
        assert verify(tmp_path).first == 2
        return
    with pytest.raises(AuditLogBroken) as broken:
        verify(tmp_path)
    assert str(tmp_path) in str(broken.value)


@pytest.mark.parametrize("kept", [0, 1, 6, 11])
async def test_lines_cut_off_at_the_end_are_seen(tmp_path: Path, kept: int) -> None:
    """Also after the service has gone on writing: the gap stays in the chain."""
    await logged(tmp_path, 10)
    file = tmp_path / CURRENT
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:kept]))
    with pytest.raises(AuditLogBroken, match="missing"):
        verify(tmp_path)
    await logged(tmp_path, 3)
    assert f"lines {kept + 1} to 12 of the audit log are missing" in file.read_text()
    if kept:
        with pytest.raises(AuditLogBroken, match="missing"):
            verify(tmp_path)
    else:
        assert verify(tmp_path).first == 13


async def test_a_whole_log_of_ones_own_does_not_fit_its_head(tmp_path: Path) -> None:
    """A forged log of the same length has another hash at the end."""
    await logged(tmp_path / "real", 10)
    await logged(tmp_path / "forged", 10)
    shutil.copy(tmp_path / "forged" / CURRENT, tmp_path / "real" / CURRENT)
    with pytest.raises(AuditLogBroken, match="head"):
        verify(tmp_path / "real")


async def test_a_missing_head_or_log_is_told(tmp_path: Path) -> None:
    """Each in one sentence."""
    with pytest.raises(AuditLogBroken, match="no audit log"):
        verify(tmp_path)
    await logged(tmp_path, 1)
    (tmp_path / HEAD).unlink()
    with pytest.raises(AuditLogBroken, match="head"):
        verify(tmp_path)


@pytest.mark.parametrize("torn", [b'{"seq":', b"\x00" * 500, b'{"seq":4,"prev":"x","hash":"y"}'])
async def test_a_line_cut_short_by_a_crash_is_set_aside_and_told(tmp_path: Path, torn: bytes) -> None:
    """The evidence is kept, the chain goes on."""
    await logged(tmp_path, 1)
    with (tmp_path / CURRENT).open("ab") as file:
        file.write(torn)
    with pytest.raises(AuditLogBroken, match="cut short"):
        verify(tmp_path)
    await logged(tmp_path, 1)
    assert verify(tmp_path).last == 7
    assert [file.read_bytes() for file in files(tmp_path, "*.torn-*")] == [torn]
    assert f"{len(torn)} bytes are set aside" in (tmp_path / CURRENT).read_text()


async def test_a_folder_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    """Better than found out when it is needed."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        AuditLog(LogSettings(tmp_path / "file")).open()


@pytest.mark.skipif(sys.platform == "win32", reason="an open folder can't be taken away on Windows")
async def test_a_folder_that_goes_away_raises_the_alarm_and_nothing_is_lost(tmp_path: Path) -> None:
    """What happens meanwhile waits; when the folder is back, it is written."""
    states: list[AuditLogState] = []
    told = threading.Event()

    def alarm(state: AuditLogState) -> None:
        states.append(state)
        told.set()

    folder = tmp_path / "audit"
    log = AuditLog(LogSettings(folder, largest_file=1), on_alarm=alarm, retry_seconds=0.01)
    log.open()
    log.record(write(1))
    assert log.flush(5)
    folder.rename(tmp_path / "away")
    (tmp_path / "audit").write_text("a file in its place")
    log.record(write(2))
    assert told.wait(5)
    assert not states[0].healthy
    assert "can't be written" in log.state.reason
    told.clear()
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert told.wait(5)
    await log.close()
    assert log.state.healthy
    assert "user2" in "".join(lines(folder))
    assert verify(folder).first == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size to run into")
def test_a_full_disk_raises_the_alarm_and_is_recovered_from(tmp_path: Path) -> None:
    """A real limit that is hit in the middle of a batch: no torn line, no doubled record, no crash."""
    script = textwrap.dedent(
        """
        import asyncio, json, resource, sys, threading
        from pathlib import Path
        from opcua_ml.opcua.audit.log import AuditLog
        from opcua_ml.opcua.audit.log_file import LogSettings
        from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

        folder = Path(sys.argv[1])
        bad, good = threading.Event(), threading.Event()
        log = AuditLog(
            LogSettings(folder),
            retry_seconds=0.01,
            on_alarm=lambda state: (good if state.healthy else bad).set(),
        )
        log.open()
        assert log.flush(5)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        for number in range(200):
            log.record(AuditRecord(kind=AuditKind.WRITE_UPDATE, user=f"user{number}"))
        assert bad.wait(5), "no alarm"
        state = log.state
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert good.wait(5), "no recovery"
        asyncio.run(log.close())
        print(json.dumps([state.healthy, state.reason, log.state.lost]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    healthy, reason, lost = json.loads(done.stdout.splitlines()[-1])
    assert (healthy, lost) == (False, 0)
    assert "can't be written" in reason
    users = [json.loads(line).get("user") for line in lines(tmp_path)]
    assert [user for user in users if user] == [f"user{number}" for number in range(200)]
    assert verify(tmp_path).last == 202


async def test_more_records_than_memory_takes_are_counted_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost is a number in the log, not a silence."""
    monkeypatch.setattr(audit_log, "MOST_WAITING", 10)
    log = AuditLog(LogSettings(tmp_path))
    for number in range(25):
        log.record(write(number))
    before = log.state
    assert (before.lost, before.healthy) == (15, False)
    log.open()
    assert log.flush(5)
    log.record(write(99))
    await log.close()
    assert "audit records found no place and are lost" in (tmp_path / CURRENT).read_text()
    assert log.state.healthy
    assert verify(tmp_path).first == 1


async def test_taking_a_record_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a thousand records are taken while the first of them is still being written."""
    going_on = threading.Event()
    append = LogFile.append

    def standing(self: LogFile, told: list[dict[str, Any]]) -> None:
        going_on.wait()
        append(self, told)

    monkeypatch.setattr(LogFile, "append", standing)
    log = AuditLog(LogSettings(tmp_path, durability=Durability.EACH))
    log.open()
    for number in range(500):
        log.record(write(number))
    assert log.state.written == 0
    going_on.set()
    await log.close()
    assert verify(tmp_path).last == 502


async def test_nothing_is_taken_after_closing_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    """Late records are counted as lost, not written behind the end."""
    log = AuditLog(LogSettings(tmp_path))
    log.open()
    await log.close()
    log.record(write(1))
    await log.close()
    assert log.state.lost >= 1
    assert "user1" not in (tmp_path / CURRENT).read_text()
