"""Train and pack the bundled models on runs of the simulated pump station.

    python models/train.py [FOLDER]

The default folder is this file's own. Runs with the seeds below; training and evaluation share none.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import balanced_accuracy_score, f1_score, mean_absolute_error, r2_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from opcua_ml.runtime.packing.pack import pack
from opcua_ml_simulator.faults.process import Fault, fault_labels
from opcua_ml_simulator.faults.schedule import FaultEvent, FaultSchedule
from opcua_ml_simulator.physics.station import PumpStation
from opcua_ml_simulator.plc.program import REDUCED_SPEED, RELIEVED_FAULTS
from opcua_ml_simulator.tags import STATION_TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opcua_ml.runtime.package.package import Package

VERSION = "1.0.0"
STEP = 0.1  # s, the simulator's scan cycle
KEEP = 5  # every so many scans become one row
NORMAL_SEEDS = range(1, 7)
TRAINING_SEEDS = range(10, 16)
EVALUATION_SEEDS = range(100, 104)
DURATION = 3600.0  # s of plant time per run

STATE = [
    "Flow",
    "FlowSetpoint",
    "SuctionPressure",
    "DischargePressure",
    "MotorSpeed",
    "MotorTorque",
    "MotorCurrent",
    "MotorPower",
    "BearingTemperature",
    "BearingVibration",
    "BearingAcceleration",
    "ValvePosition",
    "ValveCommand",
]
WITHOUT_FLOW_METER = [
    "SuctionPressure",
    "DischargePressure",
    "MotorSpeed",
    "MotorTorque",
    "MotorPower",
    "ValvePosition",
]
TAGS = {tag.name: tag for tag in STATION_TAGS}


def station_run(seed: int, *, faults: bool) -> pd.DataFrame:
    """One run, with the reaction of the PLC's program to reported faults as part of normal operation.

    The program takes 15 % off the speed some seconds after a report and gives it back some seconds after its
    end; it may be switched off, and may act on a false report.
    """
    random = np.random.default_rng(seed)
    events, reduced = timetable(random, faults=faults)
    station = PumpStation(seed, step=STEP)
    plan = FaultSchedule(events)
    rows: list[dict[str, float]] = []
    for scan in range(round(DURATION / STEP)):
        for change in plan.due(station.time):
            fault = change.event.process_fault
            if change.starts:
                station.inject(fault, change.event.severity)
            else:
                station.clear(fault)
        slow = any(begin <= station.time < end for begin, end in reduced)
        image = station.scan(REDUCED_SPEED if slow else 1.0)
        if scan % KEEP == 0:
            rows.append(image)
    table = pd.DataFrame(rows)
    return table.astype({"ActiveFault": np.int32, "Anomaly": np.bool_})


def timetable(
    random: np.random.Generator, *, faults: bool
) -> tuple[list[FaultEvent], list[tuple[float, float]]]:
    """Faults at random severities with normal operation between them, and when the speed is reduced."""
    events, reduced = [], []
    at = 60.0
    while at < DURATION - 60.0:
        lasts = float(random.uniform(15.0, 90.0))
        fault = Fault(int(random.integers(1, len(Fault))))
        if faults:
            severity = float(random.uniform(0.4, 1.0))
            events.append(FaultEvent(at=at, fault=fault.name, severity=severity, duration=lasts))
        reacts = 0.6 if faults and fault in RELIEVED_FAULTS else 0.15
        if random.random() < reacts:
            reduced.append(
                (at + float(random.uniform(2.0, 10.0)), at + lasts + float(random.uniform(3.0, 9.0)))
            )
        at += lasts + float(random.uniform(10.0, 60.0))
    return events, reduced


def runs(seeds: Iterable[int], *, faults: bool) -> pd.DataFrame:
    """Rows of several runs; inputs as the tags have them, truth beside."""
    return pd.concat([station_run(seed, faults=faults) for seed in seeds], ignore_index=True)


def described(names: list[str], **outputs: str) -> dict[str, Any]:
    """Units, ranges and descriptions as the PLC's tags have them.

    Args:
        names: of inputs; the tags' names.
        outputs: an output's name and the tag whose quantity it predicts.
    """
    tags = {name: TAGS[name] for name in names} | {name: TAGS[tag] for name, tag in outputs.items()}
    return {
        "units": {name: tag.unit.code for name, tag in tags.items() if tag.unit is not None},
        "ranges": {name: (tag.low, tag.high) for name, tag in tags.items()},
        "descriptions": {name: tag.description for name, tag in tags.items()},
    }


def texts(model: str, description: str, ports: Iterable[str]) -> dict[str, Any]:
    """What displays are told, in English and German.

    Args:
        model: name.
        description: of it, in English.
        ports: names of its inputs and outputs.
    """
    german = tomllib.loads(Path(__file__).with_name("german.toml").read_text(encoding="utf-8"))
    shown = german["models"][model]
    details = {name: {key: {"de": words} for key, words in german["ports"][name].items()} for name in ports}
    for name in {"label", "probabilities"}.intersection(details):
        details[name]["category_names"] = {"de": [german["classes"][label] for label in fault_labels()]}
    return {
        "display_name": {"de": shown["display_name"]},
        "description": {"en": description, "de": shown["description"]},
        "details": details,
    }


def anomaly(normal: pd.DataFrame, training: pd.DataFrame, evaluation: pd.DataFrame, folder: Path) -> Package:
    """Mahalanobis distance from normal operation; the training rows that are normal include recoveries."""
    rows = pd.concat([normal, training[~training["Anomaly"]]])[STATE]
    model = make_pipeline(
        StandardScaler(), EllipticEnvelope(support_fraction=1.0, contamination=0.02, random_state=0)
    ).fit(rows)
    truth = evaluation["Anomaly"].to_numpy()
    alarm = model.predict(evaluation[STATE]) < 0
    metrics = {
        "f1": f1_score(truth, alarm),
        "false_alarm_rate": float(alarm[~truth].mean()),
        "missed_alarm_rate": float((~alarm)[truth].mean()),
        "evaluation_rows": len(truth),
    }
    return pack(
        model,
        rows,
        name="pump_anomaly",
        version=VERSION,
        path=folder / "pump_anomaly",
        **texts(
            "pump_anomaly",
            "Tells how far the cooling-water pump station is from normal operation",
            [*STATE, "score", "anomaly"],
        ),
        metrics=metrics,
        **COMMON,
        **described(STATE),
    )


def fault(training: pd.DataFrame, evaluation: pd.DataFrame, folder: Path) -> Package:
    """Which fault; the classes are the simulator's, in its order."""
    labels = np.array(fault_labels())

    model = RandomForestClassifier(
        40, max_depth=12, min_samples_leaf=5, class_weight="balanced", random_state=0, n_jobs=2
    ).fit(training[STATE], training["ActiveFault"])
    truth = evaluation["ActiveFault"]
    found = model.predict(evaluation[STATE])
    recalls = recall_score(truth, found, average=None)
    metrics = {
        "balanced_accuracy": balanced_accuracy_score(truth, found),
        "macro_f1": f1_score(truth, found, average="macro"),
        **{f"recall_{name}": float(recall) for name, recall in zip(labels, recalls, strict=True)},
        "evaluation_rows": len(truth),
    }
    return pack(
        model,
        training[STATE],
        training["ActiveFault"],
        name="pump_fault",
        version=VERSION,
        path=folder / "pump_fault",
        **texts(
            "pump_fault",
            "Names the fault of the cooling-water pump station",
            [*STATE, "label", "probabilities", "confidence"],
        ),
        class_names=list(labels),
        artifacts=("onnx",),  # skops does not trust the state of trees, and nothing here wants the estimator
        metrics=metrics,
        **COMMON,
        **described(STATE),
    )


def flow(training: pd.DataFrame, evaluation: pd.DataFrame, folder: Path) -> Package:
    """The flow from the pump's own signals; with a fault in the pump itself it is less exact."""
    model = make_pipeline(StandardScaler(), PolynomialFeatures(3), Ridge(1.0)).fit(
        training[WITHOUT_FLOW_METER], training["TrueFlow"]
    )
    truth = evaluation["TrueFlow"]
    found = model.predict(evaluation[WITHOUT_FLOW_METER])
    drifting = (evaluation["ActiveFault"] == Fault.SensorDrift).to_numpy()
    metrics = {
        "mean_absolute_error": mean_absolute_error(truth, found),
        "r2": r2_score(truth, found),
        "mean_absolute_error_normal": mean_absolute_error(
            truth[~evaluation["Anomaly"]], found[~evaluation["Anomaly"]]
        ),
        "mean_absolute_error_meter_drifting": mean_absolute_error(truth[drifting], found[drifting]),
        "meter_mean_absolute_error_drifting": mean_absolute_error(
            truth[drifting], evaluation["Flow"][drifting]
        ),
        "evaluation_rows": len(truth),
    }
    return pack(
        model,
        training[WITHOUT_FLOW_METER],
        training["TrueFlow"],
        name="pump_flow",
        version=VERSION,
        path=folder / "pump_flow",
        **texts(
            "pump_flow",
            "Computes the delivered flow without the flow meter",
            [*WITHOUT_FLOW_METER, "flow"],
        ),
        output_names=["flow"],
        metrics=metrics,
        **COMMON,
        **described(WITHOUT_FLOW_METER, flow="Flow"),
    )


COMMON = {"author": "The opcua_ml authors", "license": "Apache-2.0"}


def main(folder: Path) -> None:
    """Train all models and tell where their packages are."""
    normal = runs(NORMAL_SEEDS, faults=False)
    training = runs(TRAINING_SEEDS, faults=True)
    evaluation = runs(EVALUATION_SEEDS, faults=True)
    for package in (
        anomaly(normal, training, evaluation, folder),
        fault(training, evaluation, folder),
        flow(training, evaluation, folder),
    ):
        print(package.path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
