"""The SKAB benchmark over OPC UA: a real water-circulation rig, replayed as tags, scored by a service.

    python -m benchmarks.skab DATA [--json FILE] [--files N] [--speed X [--rows N]]

DATA is the folder of SKAB's CSV files. Protocol of the benchmark: the first 400 rows of each file train, the
rest tests, pooled over all files. The model is a one-class SVM over the means of the last 10 values of each
sensor, fitted on the first 250 rows; its threshold is the greatest score of the other 150, so no label is
used. Without a speed rows are played as fast as they are answered, stamped as they are played; with one they
come at the rig's own pace, times X, with their recorded times, and every row is held against offline scoring.
Published figures: https://github.com/waico/SKAB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from benchmarks.replay import Row, Run, score
from opcua_ml.domain.signature import Window, WindowStatistic
from opcua_ml.runtime.packing.pack import pack

TRAINING_ROWS = 400
FITTED_ROWS = 250
WINDOW = Window(10, 1.0, WindowStatistic.MEAN)
SENSORS = {
    "Accelerometer1RMS": "",
    "Accelerometer2RMS": "",
    "Current": "AMP",
    "Pressure": "BAR",
    "Temperature": "CEL",
    "Thermocouple": "CEL",
    "Voltage": "VLT",
    "Volume Flow RateRMS": "L2",
}
PUBLISHED = {
    "convolutional autoencoder": (0.78, 13.6, 28.0),
    "MSET": (0.78, 39.7, 14.1),
    "T2 + Q": (0.76, 26.6, 24.9),
    "isolation forest": (0.29, 2.6, 82.9),
}


@dataclass(frozen=True, slots=True)
class Alarms:
    """Counts of a confusion matrix over rows."""

    true: int
    false: int
    missed: int
    quiet: int

    @classmethod
    def of(cls, predicted: np.ndarray, truth: np.ndarray) -> Alarms:
        """Count; both of shape (rows,), bool."""
        return cls(
            int((predicted & truth).sum()),
            int((predicted & ~truth).sum()),
            int((~predicted & truth).sum()),
            int((~predicted & ~truth).sum()),
        )

    @property
    def figures(self) -> tuple[float, float, float]:
        """F1, false-alarm rate and missed-alarm rate, the rates in percent, as the benchmark prints them."""
        f1 = 2 * self.true / (2 * self.true + self.false + self.missed)
        return (
            f1,
            100 * self.false / (self.false + self.quiet),
            100 * self.missed / (self.missed + self.true),
        )


def means(values: np.ndarray) -> np.ndarray:
    """Means over WINDOW's samples, shape (rows - samples + 1, columns)."""
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), values]), axis=0)
    return np.asarray(sums[WINDOW.samples :] - sums[: -WINDOW.samples]) / WINDOW.samples


def packed(table: pd.DataFrame, folder: Path) -> tuple[Path, OneClassSVM, float]:
    """The package of a model fitted on a file's training rows, the model itself, and its threshold."""
    features = pd.DataFrame(means(table[list(SENSORS)].to_numpy()), columns=list(SENSORS))
    training = features.iloc[: TRAINING_ROWS - WINDOW.samples + 1]
    fitted = FITTED_ROWS - WINDOW.samples + 1
    model = make_pipeline(StandardScaler(), OneClassSVM(nu=0.01, gamma=0.05)).fit(training.iloc[:fitted])
    # A little above, so that the very row that gives it is below whatever the order of its sums.
    threshold = float(-model.decision_function(training.iloc[fitted:]).min()) + 1e-9
    package = pack(
        model,
        training,
        name="skab",
        version="1.0.0",
        path=folder / "package",
        threshold=threshold,
        windows=dict.fromkeys(SENSORS, WINDOW),
        units={name: unit for name, unit in SENSORS.items() if unit},
    )
    return package.path, model, threshold


async def scored(file: Path, folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Alarms over OPC UA, alarms offline and the truth, of the rows that test."""
    table = pd.read_csv(file, sep=";")
    package, model, threshold = packed(table, folder)
    rows = await score(Run(file, package, {name: name for name in SENSORS}, "anomaly", len(table)), folder)
    truth = table["anomaly"].to_numpy()[TRAINING_ROWS:] > 0
    features = pd.DataFrame(means(table[list(SENSORS)].to_numpy()), columns=list(SENSORS))
    offline = -model.decision_function(features)[TRAINING_ROWS - WINDOW.samples + 1 :] > threshold
    return _alarms(rows)[TRAINING_ROWS:], offline, truth


async def paced(file: Path, speed: float, rows: int | None = None) -> dict[str, float]:
    """Replay a file with its own times and pace, `speed` times faster; what differs from offline scoring.

    Args:
        file: of SKAB.
        speed: recorded seconds per second; 1 is the rig's own rate.
        rows: only so many, around the first anomaly; None for all.
    """
    table = pd.read_csv(file, sep=";")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package, model, threshold = packed(table, folder)
        if rows is not None:
            first = max(0, int(table["anomaly"].to_numpy().argmax()) - rows // 2)
            table = table.iloc[first : first + rows]
        table.to_csv(folder / "excerpt.csv", sep=";", index=False)
        columns = {sensor: sensor for sensor in SENSORS}
        run = Run(folder / "excerpt.csv", package, columns, "anomaly", len(table), speed)
        found = await score(run, folder)
    features = pd.DataFrame(means(table[list(SENSORS)].to_numpy()), columns=list(SENSORS))
    scores = -model.decision_function(features)
    times = [stamp.to_pydatetime().replace(tzinfo=UTC) for stamp in pd.to_datetime(table["datetime"])]
    return _unlike(found, scores, threshold, times) | {"alarms": int((scores > threshold).sum())}


def _unlike(rows: list[Row], scores: np.ndarray, threshold: float, times: list[datetime]) -> dict[str, float]:
    """Rows whose alarm, score or time is not the offline one; before a window is full there must be none."""
    begin = WINDOW.samples - 1
    made = rows[begin:]
    told = [row.outputs["score"] for row in made]
    return {
        "rows": len(rows),
        "early": sum(row.value is not None for row in rows[:begin]),
        "unlike_alarms": sum(
            row.value is not bool(one) for row, one in zip(made, scores > threshold, strict=True)
        ),
        "largest_difference": float(np.abs(np.array(told) - scores).max()),
        "unlike_times": sum(row.source != time for row, time in zip(rows, times, strict=True)),
    }


def _alarms(rows: list[Row]) -> np.ndarray:
    """One per row; a row without a usable prediction raises no alarm."""
    return np.array([bool(row.value) for row in rows])


async def run_all(files: list[Path]) -> dict[str, float]:
    """Score all files and pool them."""
    pools: tuple[list[np.ndarray], ...] = ([], [], [])
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            found = await scored(file, Path(folder))
        for pool, one in zip(pools, found, strict=True):
            pool.append(one)
        unlike = int((found[0] != found[1]).sum())
        print(f"{file.name}: {len(found[0])} rows, {unlike} unlike offline scoring")
    over_wire, expected, true = (np.concatenate(pool) for pool in pools)
    f1, false_alarms, missed_alarms = Alarms.of(over_wire, true).figures
    return {
        "files": len(files),
        "rows": len(true),
        "f1": f1,
        "far_percent": false_alarms,
        "mar_percent": missed_alarms,
        "unlike_offline": int((over_wire != expected).sum()),
        "always_alarm_f1": Alarms.of(np.ones_like(true), true).figures[0],
    }


def main() -> None:
    """Run and print beside the published figures."""
    parser = argparse.ArgumentParser(description="The SKAB benchmark over OPC UA.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--files", type=int, help="only so many")
    parser.add_argument("--speed", type=float, help="recorded seconds per second, with recorded times")
    parser.add_argument("--rows", type=int, help="with --speed: only so many of each file")
    options = parser.parse_args()
    files = sorted(options.data.glob("*.csv"), key=lambda file: int(file.stem))[: options.files]
    if options.speed is not None:
        for file in files:
            print(f"{file.name}: {asyncio.run(paced(file, options.speed, options.rows))}")
        return
    result = asyncio.run(run_all(files))
    print(f"{'':28}{'F1':>8}{'FAR %':>8}{'MAR %':>8}")
    ours = (result["f1"], result["far_percent"], result["mar_percent"])
    for name, (f1, false_alarms, missed_alarms) in (PUBLISHED | {"this service, over OPC UA": ours}).items():
        print(f"{name:28}{f1:8.2f}{false_alarms:8.1f}{missed_alarms:8.1f}")
    print(f"rows: {result['rows']}, unlike offline scoring: {result['unlike_offline']}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
