"""Every stack that is measured has an environment of its own, made on demand and kept in a cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "OPCUA_ML_BENCHMARK_CACHE"
REQUIREMENTS = Path(__file__).parent / "requirements"
_COMPLETE = "complete"
_PATIENCE_S = 900


class Unavailable(Exception):
    """Something that a case needs is not on this machine; the message is one sentence."""


def cache_folder() -> Path:
    """Where environments and programs are kept: `OPCUA_ML_BENCHMARK_CACHE`, else the user's cache."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opcua-ml-benchmarks"


def _fresh(name: str, *contents: bytes) -> tuple[Path, bool]:
    """The folder for what these contents ask for, and whether it stands already."""
    digest = hashlib.sha256(b"\0".join((sys.version.encode(), *contents))).hexdigest()[:12]
    folder = cache_folder() / f"{name}-{digest}"
    if (folder / _COMPLETE).exists():
        return folder, True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"preparing {name} in {folder} …", file=sys.stderr, flush=True)
    return folder, False


def _run(command: list[str], folder: Path, name: str) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_PATIENCE_S)
    except FileNotFoundError as error:
        raise Unavailable(f"{name} can't be prepared: there is no {command[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{name} was not prepared within {_PATIENCE_S} s") from error
    except subprocess.CalledProcessError as error:
        lines = [line for line in (error.stderr or error.stdout).splitlines() if line.strip()]
        said = lines[-1].strip() if lines else f"exit code {error.returncode}"
        raise Unavailable(f"{name} can't be prepared: {said}") from error


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A virtual environment with what `requirements/<name>.txt` pins."""

    name: str

    def executable(self) -> str:
        """Path of its interpreter, which is made first where it is missing.

        Raises:
            Unavailable: it can't be made.
        """
        file = REQUIREMENTS / f"{self.name}.txt"
        folder, stands = _fresh(self.name, file.read_bytes())
        python = folder / "bin" / "python"
        if not stands:
            _run([sys.executable, "-m", "venv", str(folder)], folder, self.name)
            _run([str(python), "-m", "pip", "install", "-q", "-r", str(file)], folder, self.name)
            (folder / _COMPLETE).touch()
        return str(python)


@dataclass(frozen=True, slots=True)
class OwnEnvironment:
    """The interpreter that runs the benchmarks, with this project in it."""

    name: str = "opcua_ml"

    def executable(self) -> str:
        """Path of the interpreter."""
        return sys.executable


@dataclass(frozen=True, slots=True)
class NodeEnvironment:
    """A folder of npm packages, as `requirements/<name>/package.json` pins them."""

    name: str

    def executable(self) -> str:
        """Path of node.

        Raises:
            Unavailable: there is no node, or the packages can't be installed.
        """
        node = shutil.which("node")
        if node is None:
            raise Unavailable(f"{self.name} can't run: there is no node")
        return node

    def modules(self) -> Path:
        """The folder for NODE_PATH.

        Raises:
            Unavailable: the packages can't be installed.
        """
        file = REQUIREMENTS / self.name / "package.json"
        folder, stands = _fresh(self.name, file.read_bytes())
        if not stands:
            shutil.copy(file, folder)
            npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
            _run(npm, folder, self.name)
            (folder / _COMPLETE).touch()
        return folder / "node_modules"


Environment = PythonEnvironment | OwnEnvironment | NodeEnvironment


def compiled(name: str, sources: Path, *libraries: str) -> Path:
    """A program of all C files of a folder, compiled once for its sources.

    Raises:
        Unavailable: there is no C compiler or no Linux, or the compiler refuses.
    """
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"{name} needs Linux: epoll, and processor time from /proc")
    compiler = shutil.which("cc")
    if compiler is None:
        raise Unavailable(f"{name} can't be compiled: there is no cc on the PATH")
    files = sorted(sources.glob("*.[ch]"))
    folder, stands = _fresh(name, *(file.read_bytes() for file in files))
    program = folder / name
    if not stands:
        units = [str(file) for file in files if file.suffix == ".c"]
        flags = ["-O2", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra"]
        _run([compiler, *flags, *units, *libraries, "-o", str(program)], folder, name)
        (folder / _COMPLETE).touch()
    return program
