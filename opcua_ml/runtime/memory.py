"""How much memory a model takes on this machine, measured in a process of its own, which is limited."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.figure import figure
from opcua_ml.runtime.contract.trust import Trust
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.package.package import open_package

if TYPE_CHECKING:
    from collections.abc import Sequence

MEBIBYTE: Final = 2**20
_PATIENCE_S: Final = 120
_ROOM: Final = 1024 * MEBIBYTE
"""Address space beside the budget: libraries reserve more than they use."""
_ROUNDS: Final = 3


def memory_of(package: Path, limit_mb: float, trust: Trust, prefer: Sequence[str]) -> float:
    """MiB that loading a package and predicting its golden rows takes, beside the libraries.

    Args:
        package: folder or zip.
        limit_mb: a model that takes far more is ended before it takes this machine's memory.
        trust: what the configuration allows.
        prefer: formats to try, in this order.

    Raises:
        PackageError: the process did not come to an end: it ran out of its memory or time.
    """
    asked = {
        "package": str(package),
        "limit": limit_mb,
        "pins": sorted(trust.pins),
        "joblib": trust.joblib,
        "prefer": list(prefer),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "opcua_ml.runtime.memory"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PackageError("memory can't be measured", found=f"no end within {_PATIENCE_S} s") from None
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise PackageError(
            "the model can't be loaded within the memory that it may take",
            found=last or f"exit code {done.returncode}",
            wanted=f"at most {figure(limit_mb)} MiB",
        )
    return float(done.stdout)


def _weighed(asked: dict[str, object]) -> float:
    package = open_package(Path(str(asked["package"])))
    trust = Trust(frozenset(map(str, asked["pins"])), bool(asked["joblib"]))  # type: ignore[call-overload]
    prefer = [str(one) for one in asked["prefer"]]  # type: ignore[attr-defined]
    for library in _LIBRARIES.get(package.manifest.artifacts[0].format, ()):
        __import__(library)
    before = _resident("VmRSS")
    _limit(float(str(asked["limit"])))
    _forget_peak()
    model = load(package, trust=trust, prefer=prefer)
    for _ in range(_ROUNDS):
        model.predict(package.golden.inputs)
    return max(0.0, _resident("VmHWM") - before) / MEBIBYTE


_LIBRARIES: Final = {
    "onnx": ("onnxruntime",),
    "skops": ("sklearn", "skops.io"),
    "joblib": ("sklearn", "joblib"),
}


def _limit(limit_mb: float) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every platform

    used = _resident("VmSize")
    most = int(used + 2 * limit_mb * MEBIBYTE + _ROOM)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def _forget_peak() -> None:
    """Let the peak count from now on; where the system can't, that of the imports counts too."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _resident(what: str) -> float:
    """Bytes: VmRSS now, VmHWM at most, VmSize of address space."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{what}:"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    if sys.platform == "win32":
        raise PackageError("memory can't be measured on this system", wanted="Linux or macOS")
    import resource  # noqa: PLC0415 - not on every platform

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (
        1 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    print(_weighed(json.load(sys.stdin)))  # noqa: T201 - for the process that asked
