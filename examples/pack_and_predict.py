"""From a fitted estimator to a package, and back to predictions: what `opcua-ml serve` would serve.

The data are drawn here, so that the example needs no file; take your own DataFrame in their place.
"""
# ruff: noqa: INP001, T201 - a script, which prints

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.ensemble import RandomForestClassifier

import opcua_ml

random = np.random.default_rng(0)
flow = random.normal(120.0, 10.0, 2000)  # m³/h
pressure = random.normal(4.0, 0.5, 2000)  # bar
X = np.column_stack([flow, pressure])
blocked = (pressure > 4.5) & (flow < 115.0)
y = np.where(blocked, "Blocked", "Normal")

model = RandomForestClassifier(20, max_depth=6, random_state=0).fit(X, y)

with TemporaryDirectory() as folder:
    package = opcua_ml.pack(
        model,
        X,
        y,
        name="pump_fault",
        version="1.0.0",
        path=Path(folder, "pump_fault-1.0.0"),
        description="Tells whether the discharge line is blocked",
        names=["Flow", "Pressure"],
        units={"Flow": "MQH", "Pressure": "BAR"},
        ranges={"Flow": (0.0, 200.0), "Pressure": (0.0, 10.0)},
    )
    print(f"{package.card.name} {package.card.version}, {package.card.task}")
    for item in package.signature.inputs:
        print(f"  in   {item.name}: {item.data_type}, {item.range} {item.unit}")
    for output in package.signature.outputs:
        print(f"  out  {output.name}: {output.data_type} {', '.join(output.categories)}")

    # Loading checks every hash and the golden rows; it refuses what does not agree.
    loaded = opcua_ml.load(package)
    rows = [(120.0, 4.0), (100.0, 5.2)]
    for row, answer in zip(rows, loaded.predict(rows), strict=True):
        print(f"{row} -> {answer}")
