"""The frame of the command line: help, version, exit codes, errors in words."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from opcua_ml.cli.commands import COMMANDS, Command, installed_commands
from opcua_ml.cli.entry import run as entered
from opcua_ml.cli.failure import is_foreseen, sentences, tell
from opcua_ml.domain.errors import ConfigurationError, OpcuaMlError

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[3]


def test_help_lists_every_installed_command(run: Run) -> None:
    """With a line each."""
    ended = run("--help")
    assert ended.code == 0
    for command in installed_commands():
        assert command.name in ended.out
        assert command.help in ended.out


def test_no_command_shows_the_help(run: Run) -> None:
    """As somebody does who tries it for the first time."""
    ended = run()
    assert "Commands" in ended.out + ended.error


def test_version_is_the_package_s(run: Run) -> None:
    """The one in the metadata."""
    assert run("--version").out == f"opcua-ml {version('opcua-ml')}\n"


@pytest.mark.parametrize(
    ("wrong", "told"), [(("chekc",), "Did you mean 'check'?"), (("check",), "Missing argument")]
)
def test_a_wrong_command_line_is_told_with_exit_code_2(run: Run, wrong: tuple[str, ...], told: str) -> None:
    """And with how it may have been meant."""
    ended = run(*wrong)
    assert ended.code == 2
    assert told in ended.error
    assert "Traceback" not in ended.error


def test_ctrl_c_before_the_command_has_begun_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130 and no traceback, though it comes while modules are imported."""

    def interrupted(_: Command) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Command, "load", interrupted)
    ended = run("serve", "plant.toml")
    assert (ended.code, ended.error) == (130, "")


def test_ctrl_c_ends_quietly_from_the_first_moment_on() -> None:
    """Also while what all commands need is imported, which a process of its own shows."""
    code = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from opcua_ml.cli.entry import run\n"
        "sys.exit(run())"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"]["opcua-ml"] == f"{entered.__module__}:{entered.__name__}"


def test_a_refused_file_is_told_in_sentences_with_exit_code_1(run: Run, tmp_path: Path) -> None:
    """One line per problem on standard error; nothing on standard output; no traceback."""
    file = tmp_path / "plant.toml"
    file.write_text("[server]\nnaem = 1\nqqq = 2\n")
    ended = run("check", file)
    assert ended.code == 1
    assert ended.out == ""
    assert ended.error.splitlines() == [
        f'error: {file}: server: unknown key "naem", did you mean "name"?',
        next(line for line in ended.error.splitlines() if 'unknown key "qqq"' in line),
    ]


def test_verbose_shows_the_traceback_beside_the_sentence(run: Run, tmp_path: Path) -> None:
    """For the one who looks for the cause."""
    ended = run("-v", "check", tmp_path / "nowhere.toml")
    assert "Traceback" in ended.error
    assert ended.error.rstrip().endswith("there is no such file; wanted a TOML file")


def test_help_takes_under_half_a_second_and_loads_nothing_heavy() -> None:
    """So it must not import what single commands need; the modules are looked at, not a clock alone."""
    code = (
        "import sys, time; start = time.process_time()\n"
        "from opcua_ml.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'asyncua', 'sklearn', 'numpy', 'onnxruntime', 'pydantic', 'joblib', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)), time.process_time() - start < 0.5)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1] == "[] True"


def test_python_m_is_the_same_command() -> None:
    """For where the scripts' folder is not on the path."""
    ended = subprocess.run(
        [sys.executable, "-m", "opcua_ml", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.startswith("opcua-ml ")


def test_a_group_of_commands_is_mounted_whole(run: Run) -> None:
    """Its own commands are found under its name."""
    ended = run("trust", "--help")
    assert ended.code == 0
    for name in ("list", "accept", "reject"):
        assert name in ended.out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_s_line_in_the_help_is_its_own_first_line(command: Command) -> None:
    """As the list is kept apart from the function, so that listing imports nothing."""
    if not command.exists:
        pytest.skip(f"{command.module} is not in this build")
    loaded = command.load()
    told = loaded.info.help if isinstance(loaded, typer.Typer) else loaded.__doc__
    assert isinstance(told, str)
    assert told.strip().splitlines()[0] == command.help


def test_errors_of_tasks_are_told_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A TaskGroup bundles them; the reader gets a line each, an operating system's with its file."""
    group = ExceptionGroup(
        "tasks",
        [OpcuaMlError("one"), ExceptionGroup("inner", [FileNotFoundError(2, "No such file", "users.txt")])],
    )
    assert is_foreseen(group)
    assert tell(group, verbose=False) == 1
    assert capsys.readouterr().err == "error: one\nerror: users.txt: No such file\n"


def test_a_defect_of_the_program_is_not_dressed_up() -> None:
    """Neither alone nor in a group with foreseen errors: its traceback must be seen."""
    defect = KeyError("x")
    assert not is_foreseen(defect)
    assert not is_foreseen(ExceptionGroup("tasks", [ConfigurationError("one"), defect]))
    assert list(sentences(defect)) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has a disk that is always full")
@pytest.mark.parametrize("package", ["nowhere", "pump_flow"])
def test_a_failure_that_programs_can_t_be_told_of_is_told_to_people(package: str) -> None:
    """Standard output is a full disk: one sentence, and no complaint of Python's."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "opcua_ml", "inspect", package, "-o", "json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1


def test_help_is_broken_by_the_terminal_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where a line of the source ended, for a command and for one of a group."""
    for words in (("check",), ("history", "export"), ("verify",)):
        wide = run(*words, "--help").out
        monkeypatch.setenv("COLUMNS", "80")
        lines = [line.strip() for line in run(*words, "--help").out.split("╭")[0].splitlines()]
        short = [
            one for one, then in pairwise(lines) if one and then and len(f"{one} {then.split()[0]}") < 78
        ]
        assert short == [], wide
        monkeypatch.setenv("COLUMNS", "200")
