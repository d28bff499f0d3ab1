"""The table on the terminal, and the figures as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from benchmarks.figures import exponent, slope

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.figures import Curve, Row

_HEAD = f"{'':62}{'ours':>10}  {'peer':>18}{'theirs':>11}{'ratio':>9}  {'spread':>15}{'goal':>10}"


def print_rows(rows: list[Row]) -> None:
    """One line per row, under the name of its case."""
    case = ""
    for row in rows:
        if row.case != case:
            case = row.case
            print(f"\n{case}\n{_HEAD}")
        print(line(row))


def line(row: Row) -> str:
    """A row of the table."""
    text = f"{row.what:62}{number(row.ours):>10}"
    if row.ratio is None or row.theirs is None or row.low is None or row.high is None:
        text += " " * 57
    else:
        spread = f"{number(row.low)}..{number(row.high)}"
        text += f"  {row.peer:>18}{number(row.theirs):>11}{number(row.ratio):>9}  {spread:>15}"
    if row.goal is not None:
        text += f"{row.goal!s:>10}  {'met' if row.met else 'NOT met'}"
    return text.rstrip()


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.4f}"


def print_curve(curve: Curve) -> None:
    """One line per subject."""
    print(f"\n{curve.what}, over {curve.over}")
    for subject, points in curve.points.items():
        shown = "  ".join(f"{amount:,.0f}: {number(figure)}" for amount, figure in points)
        per_one, power = slope(points), exponent(points)
        growth = "" if math.isnan(per_one) else f"; {per_one:+.2g} per one more"
        growth += "" if math.isnan(power) else f", power {power:.2f}"
        print(f"  {subject:18}{shown}{growth}")


def write_json(bench: Bench, path: Path) -> None:
    """Everything that was measured, and on what."""
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "versions": {name: version(name) for name in ("asyncua", "numpy", "onnxruntime", "scikit-learn")},
        "quick": bench.quick,
        "rows": [row.as_json() for row in bench.rows],
        "curves": [curve.as_json() for curve in bench.curves],
        "notes": bench.notes,
    }
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
