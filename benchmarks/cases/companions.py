"""How long a service with 50 models and companion specifications takes to start, beside plain asyncua."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Row
from benchmarks.processes import Process

if TYPE_CHECKING:
    from benchmarks.bench import Bench

CASE = "companions"
MODELS = 50
NODES_PER_MODEL = 110
"""Of the bundled model that is served; plain asyncua gets as many variables."""
NODESETS = Path(__file__).resolve().parents[3] / "shared" / "nodesets"
FILES = (
    "DI/Opc.Ua.Di.NodeSet2.xml",
    "ADI/Opc.Ua.Adi.NodeSet2.xml",
    "IA/Opc.Ua.IA.NodeSet2.xml",
    "AMB/Opc.Ua.AMB.NodeSet2.xml",
    "Machinery/Opc.Ua.Machinery.NodeSet2.xml",
    "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml",
)


def run(bench: Bench) -> None:
    """From the process's start to the open endpoint: seconds, processor seconds and megabytes."""
    files = [NODESETS / name for name in FILES]
    if not all(file.is_file() for file in files):
        bench.note(f"the official nodesets are not at {NODESETS.name} beside the checkout; not measured")
        return
    for models, nodesets in ((0, []), (0, files), (MODELS, []), (MODELS, files)):
        what = f"{models} models, {len(nodesets)} nodesets"
        _measure(
            bench, f"service, {what}", _service(bench, models, nodesets), lambda line: {"endpoint": line}
        )
    nodes = MODELS * NODES_PER_MODEL
    peer = [sys.executable, str(Path(__file__).parents[1] / "servers" / "asyncua_companions.py")]
    _measure(bench, "plain asyncua, 0 variables, 0 nodesets", [*peer, "0"], None)
    _measure(
        bench, f"plain asyncua, 0 variables, {len(files)} nodesets", [*peer, "0", *map(str, files)], None
    )
    command = [*peer, str(nodes), *map(str, files)]
    _measure(bench, f"plain asyncua, {nodes} variables, {len(files)} nodesets", command, None)


def _service(bench: Bench, models: int, nodesets: list[Path]) -> list[str]:
    file = bench.folder / f"companions-{models}-{len(nodesets)}.toml"
    named = ", ".join(f'"{path}"' for path in nodesets)
    tables = "".join(f'[models.m{number}]\npackage = "pump_flow"\n' for number in range(models))
    file.write_text(
        f'[server]\nendpoint = "opc.tcp://127.0.0.1:0"\nnodesets = [{named}]\n[server.security]\n'
        f'policies = ["None"]\nanonymous = "operator"\n[logging]\nlevel = "warning"\n{tables}',
        encoding="utf-8",
    )
    return [sys.executable, "-m", "opcua_ml", "serve", str(file)]


def _measure(bench: Bench, what: str, command: list[str], first_line: object) -> None:
    options = {} if first_line is None else {"first_line": first_line}
    with Process("companions", command, bench.folder, **options) as process:  # type: ignore[arg-type]
        bench.rows += [
            Row(CASE, f"{what}: start, s", process.started_in),
            Row(CASE, f"{what}: processor, s", process.cpu_seconds()),
            Row(CASE, f"{what}: memory, MB", process.resident_bytes() / 1e6),
        ]
