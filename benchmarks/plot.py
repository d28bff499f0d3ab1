"""Ratios and growth as a picture; matplotlib comes from an environment of its own.

python plot.py FIGURES.json PICTURE
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_HEIGHT_OF_ROW, _HEIGHT_OF_CURVE, _WIDTH = 0.28, 3.0, 11.0


def draw(figures: Path, picture: Path) -> None:
    """Draw a report's figures in the plotting environment.

    Raises:
        Unavailable: the environment can't be made.
    """
    from benchmarks.environments import PythonEnvironment  # noqa: PLC0415 - plot.py runs without the project

    python = PythonEnvironment("plot").executable()
    subprocess.run([python, __file__, str(figures), str(picture.absolute())], check=True)


def picture_of(report: dict[str, Any], path: str) -> None:
    """One panel of ratios, then one per curve."""
    import matplotlib as mpl  # type: ignore[import-not-found]  # noqa: PLC0415 - not in the project's environment

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    rows = [row for row in report["rows"] if row["ratio"] is not None]
    curves = report["curves"]
    deep = -(-len(curves) // 2)
    heights = [max(1.0, _HEIGHT_OF_ROW * len(rows)), *[_HEIGHT_OF_CURVE] * deep]
    figure = plt.figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    _ratios(figure.add_subplot(grid[0, :]), rows)
    for place, curve in enumerate(curves):
        _curve(figure.add_subplot(grid[1 + place // 2, place % 2]), curve)
    figure.savefig(path, dpi=120)


def _ratios(axes: Any, rows: list[dict[str, Any]]) -> None:
    for height, row in enumerate(reversed(rows)):
        low, high = sorted((row["low"], row["high"]))
        color = {True: "tab:green", False: "tab:red", None: "tab:gray"}[row["met"]]
        axes.plot([low, high], [height, height], color=color, linewidth=2)
        axes.plot([row["ratio"]], [height], "o", color=color)
        if row["goal"]:
            axes.plot([row["goal"]["limit"]], [height], "k|", markersize=10)
    axes.axvline(1, color="black", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_yticks(
        range(len(rows)), [f"{row['what']}, to {row['peer']}" for row in reversed(rows)], fontsize=7
    )
    axes.set_xlabel("ours as a ratio to theirs; the stroke is the goal")


def _curve(axes: Any, curve: dict[str, Any]) -> None:
    for subject, points in curve["points"].items():
        amounts, found = zip(*points, strict=True) if points else ((), ())
        axes.plot(amounts, found, "o-", label=subject)
    axes.set_xscale("symlog")
    axes.set_yscale("log")
    axes.set_xlabel(curve["over"])
    axes.set_title(curve["what"], fontsize=9)
    axes.legend(fontsize=7)


if __name__ == "__main__":
    picture_of(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
