"""`python -m benchmarks [--quick] [--only NAME] [--json FILE] [--plot FILE]`: this project beside its peers.

Everything is measured in pairs and in turn in one run; ratios of medians count, absolute figures are for
orientation. What a case needs is installed into a cache folder first (see docs/benchmarks.md).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bench import Bench
from benchmarks.cases import CASES
from benchmarks.environments import Unavailable
from benchmarks.load import load_generator
from benchmarks.plot import draw
from benchmarks.report import print_curve, print_rows, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence


def options(words: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look, within three minutes")
    parser.add_argument(
        "--only", action="append", choices=list(CASES), metavar="NAME", help=f"one of {', '.join(CASES)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw ratios and growth to FILE (PNG or SVG)"
    )
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where nothing can be measured here."""
    given = options(words)
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    try:
        load_generator()
    except Unavailable as reason:
        print(f"nothing was measured: {reason}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="opcua-ml-benchmarks-") as folder:
        bench = Bench(Path(folder), given.quick)
        for name in given.only or CASES:
            begin, rows, curves = time.monotonic(), len(bench.rows), len(bench.curves)
            try:
                CASES[name](bench)
            except Unavailable as reason:
                bench.note(f"{name} ended early: {reason}")
            print_rows(bench.rows[rows:])
            for curve in bench.curves[curves:]:
                print_curve(curve)
            print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
        if given.json or given.plot:
            file = given.json or bench.folder / "figures.json"
            write_json(bench, file)
            if given.plot:
                drawn(file, given.plot)
    return 0


def drawn(figures: Path, picture: Path) -> None:
    """Draw, or say why not."""
    try:
        draw(figures, picture)
    except Unavailable as reason:
        print(f"note: no picture: {reason}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
