"""What the benchmarks need is made once, kept where the user says, and missed with one sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import main
from benchmarks.environments import CACHE_VARIABLE, Unavailable, cache_folder, compiled

if TYPE_CHECKING:
    from pathlib import Path

needs_compiler = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("cc") is None, reason="needs cc on Linux"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_is_where_the_user_says(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable goes before the user's cache folder."""
    assert cache_folder() == own_cache
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_cache))
    assert cache_folder() == own_cache / "opcua-ml-benchmarks"


@needs_compiler
def test_a_program_is_compiled_once_for_its_sources(tmp_path: Path) -> None:
    """Another source makes another program; the same one is found again."""
    source = tmp_path / "sources" / "one.c"
    source.parent.mkdir()
    source.write_text("int main(void) { return 3; }\n")
    first = compiled("one", source.parent)
    made = first.stat().st_mtime_ns

    assert compiled("one", source.parent).stat().st_mtime_ns == made
    assert subprocess.run([str(first)], check=False).returncode == 3
    source.write_text("int main(void) { return 4; }\n")
    assert compiled("one", source.parent) != first


@needs_compiler
def test_a_source_that_does_not_compile_is_told_and_tried_again(tmp_path: Path) -> None:
    """A failed attempt leaves nothing that passes for a program."""
    (tmp_path / "bad.c").write_text("int main(void) { return }\n")
    for _ in range(2):
        with pytest.raises(Unavailable, match="bad can't be prepared"):
            compiled("bad", tmp_path)


def test_without_a_compiler_nothing_is_measured_and_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "platform", "linux")

    assert main(["--quick"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "nothing was measured: loadgen can't be compiled: there is no cc on the PATH\n"


def test_elsewhere_than_on_linux_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names what is needed of it."""
    monkeypatch.setattr(sys, "platform", "win32")

    assert main([]) == 1
    assert "needs Linux: epoll, and processor time from /proc" in capsys.readouterr().err


def test_a_case_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that are."""
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "nothing"])
    assert "'call'" in capsys.readouterr().err
