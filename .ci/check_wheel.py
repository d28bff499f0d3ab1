"""Hold the wheel's contents against what users need of it."""
# ruff: noqa: INP001 - a script

import sys
import zipfile
from pathlib import PurePosixPath

NEEDED = (
    "opcua_ml/py.typed",
    "opcua_ml_simulator/py.typed",
    "opcua_ml/bundled/nodesets/OpcUaMl.NodeSet2.xml",
)
TOP_LEVEL = {"opcua_ml", "opcua_ml_simulator"}


def problems(names: list[str]) -> list[str]:
    """What is missing, and what should not be there."""
    found = [f"{needed} is missing" for needed in NEEDED if needed not in names]
    packages = [name for name in names if name.startswith("opcua_ml/bundled/models/")]
    if not any(name.endswith("/manifest.toml") for name in packages):
        found.append("there is no bundled model")
    top = {PurePosixPath(name).parts[0] for name in names if ".dist-info/" not in name}
    found += [f"{name} would be a top-level name in site-packages" for name in sorted(top - TOP_LEVEL)]
    return found


def main() -> int:
    """Print each problem of the wheel that the command line names; 1 if there is any."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        found = problems(wheel.namelist())
        size = sum(item.compress_size for item in wheel.infolist())
    print(*found or [f"the wheel is whole: {size / 1e6:.1f} MB"], sep="\n")  # noqa: T201 - its output
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
