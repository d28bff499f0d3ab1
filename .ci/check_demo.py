"""Run the installed demo in an empty folder and hold its last line of output against what it promises."""
# ruff: noqa: INP001 - a script

import json
import subprocess
import sys
import tempfile
from typing import Any

SECONDS = 30
DEADLINE = 120  # s for starting, running and ending
DEMO = ("demo", "--port", "0", "--seconds", str(SECONDS), "--json", "--no-ui")
MODEL_KEYS = {"version", "predictions", "latency_ms"}


def problems(told: dict[str, Any]) -> list[str]:
    """What the object lacks, or says that can't be right."""
    found = [
        f"{key} is missing" for key in ("endpoint", "predictions", "rejected", "models") if key not in told
    ]
    if found:
        return found
    if not str(told["endpoint"]).startswith("opc.tcp://"):
        found.append(f"the endpoint is {told['endpoint']}")
    if not told["predictions"] > 0:
        found.append(f"there were {told['predictions']} predictions")
    if len(told["models"]) < 3:
        found.append(f"there were {len(told['models'])} models, wanted at least 3")
    for name, model in told["models"].items():
        found += [f"{name} has no {key}" for key in sorted(MODEL_KEYS - set(model))]
        found += [
            f"{name} has no latency_ms.{key}" for key in {"p50", "p99"} - set(model.get("latency_ms", ()))
        ]
        if not model.get("predictions", 0) > 0:
            found.append(f"{name} made no prediction")
        if not set(model) - MODEL_KEYS:
            found.append(f"{name} has no score against the simulator's truth")
    return found


def main() -> int:
    """Print each problem; 1 if there is any."""
    with tempfile.TemporaryDirectory() as empty:
        try:
            demo = subprocess.run(  # noqa: S603 - our own command, with arguments of our own
                ["opcua-ml", *DEMO],  # noqa: S607 - the one that the active environment installed
                cwd=empty,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                timeout=DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"the demo did not end within {DEADLINE} s")  # noqa: T201 - its output
            return 1
    lines = demo.stdout.splitlines()
    found = [f"the demo ended with exit code {demo.returncode}"] if demo.returncode else []
    try:
        told = json.loads(lines[-1])
        found += problems(told) if isinstance(told, dict) else ["the last line is no JSON object"]
    except (IndexError, json.JSONDecodeError):
        found.append("the last line is no JSON object")
    print(*lines[-1:], *(found or ["the demo keeps its promises"]), sep="\n")  # noqa: T201 - its output
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
