"""The Tennessee Eastman runs over OPC UA: a chemical plant, replayed as tags, watched by a service.

    python -m benchmarks.tep DATA [--json FILE] [--faults N]

DATA is the folder of the runs by Russell, Chiang and Braatz: dNN.dat trains, dNN_te.dat tests, fault NN acts
from row 160 on; d00 is normal and d00.dat is stored transposed. The model is the T2 statistic on all 52
variables (squared Mahalanobis distance, an elliptic envelope); it is fitted on the first two thirds of the
normal training run, and its threshold is the 99th percentile of the last third, so no faulty row is used.
Published missed-detection rates, means over all 21 faults: PCA with 11 components, T2 0.48, Q 0.37.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.covariance import EllipticEnvelope
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.replay import Run, score
from opcua_ml.runtime.packing.pack import pack

FAULT_ROW = 160
SHARE_FITTED = 2 / 3
QUANTILE = 0.99
COLUMNS = [f"Column{number}" for number in range(1, 53)]
PUBLISHED = {"PCA T2, mean of 21 faults": 0.48, "PCA Q, mean of 21 faults": 0.37}


def packed(data: Path, folder: Path) -> Path:
    """The model's package."""
    normal = pd.DataFrame(np.loadtxt(data / "d00.dat").T, columns=COLUMNS)
    fitted = int(len(normal) * SHARE_FITTED)
    model = make_pipeline(
        StandardScaler(), EllipticEnvelope(support_fraction=1.0, contamination=0.01, random_state=0)
    ).fit(normal.iloc[:fitted])
    scores = -model.decision_function(normal.iloc[fitted:])
    package = pack(
        model,
        normal,
        name="tennessee_eastman",
        version="1.0.0",
        path=folder / "package",
        threshold=float(np.quantile(scores, QUANTILE)),
    )
    return package.path


async def alarms(file: Path, package: Path) -> np.ndarray:
    """Whether each row of a run raised an alarm, read over OPC UA."""
    rows = len(np.loadtxt(file))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(file, package, {name: name for name in COLUMNS}, "anomaly", rows)
        return np.array([bool(row.value) for row in await score(run, Path(folder))])


async def run_all(data: Path, faulty: list[Path]) -> dict[str, float]:
    """False alarms on the normal run, missed detections on the faulty ones."""
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        package = packed(data, Path(folder))
        result["false_alarm_rate"] = float((await alarms(data / "d00_te.dat", package)).mean())
        for file in faulty:
            raised = await alarms(file, package)
            result[f"missed_{file.stem[1:3]}"] = float((~raised[FAULT_ROW:]).mean())
            print(f"fault {file.stem[1:3]}: missed {result[f'missed_{file.stem[1:3]}']:.3f}")
    missed = [value for name, value in result.items() if name.startswith("missed_")]
    return result | {"mean_missed_detection_rate": float(np.mean(missed)), "faults": len(missed)}


def main() -> None:
    """Run and print beside the published figures."""
    parser = argparse.ArgumentParser(description="The Tennessee Eastman runs over OPC UA.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--faults", type=int, help="only so many")
    options = parser.parse_args()
    runs = sorted(file for file in options.data.glob("d*_te.dat") if file.name != "d00_te.dat")
    result = asyncio.run(run_all(options.data, runs[: options.faults]))
    for name, missed in PUBLISHED.items():
        print(f"{name:40}{missed:8.2f}")
    name = f"this service, mean of {result['faults']:.0f} faults"
    print(f"{name:40}{result['mean_missed_detection_rate']:8.3f}")
    print(f"false alarms on the normal run: {100 * result['false_alarm_rate']:.1f} %")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
