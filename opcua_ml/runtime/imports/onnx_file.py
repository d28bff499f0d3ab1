"""A package of an ONNX graph that somebody else converted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.row import checked_row
from opcua_ml.domain.signature import DataType, OutputRole, Task
from opcua_ml.runtime.contract.contract import Contract
from opcua_ml.runtime.onnx.graph import opsets, parse_graph
from opcua_ml.runtime.onnx.predictor import OnnxPredictor
from opcua_ml.runtime.package.artifact_parts import GoldenPart, OnnxArtifact, OnnxInput
from opcua_ml.runtime.package.golden import GoldenRows, golden_bytes
from opcua_ml.runtime.package.manifest import FILE, SCHEMA, Manifest
from opcua_ml.runtime.package.manifest_file import manifest_bytes
from opcua_ml.runtime.package.package import open_package
from opcua_ml.runtime.package.parts import (
    Container,
    FeaturesPart,
    FrameworkPart,
    InputPart,
    Method,
    OutputPart,
    SourcePart,
    TrainingPart,
)
from opcua_ml.runtime.package.write import write_package
from opcua_ml.runtime.packing.provenance import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.imports.facts import ImportFacts
    from opcua_ml.runtime.package.package import Package

_TOLERANCE = 1e-5
_MOST_GOLDEN = 50
_GRAPH, _GOLDEN = "model.onnx", "golden.json"
_DOUBLE, _FLOAT = 11, 1


def package_of_onnx(
    data: bytes, facts: ImportFacts, names: Sequence[str], examples: Sequence[Sequence[float]], target: Path
) -> Package:
    """Make a package of a graph and rows that it is held to from now on.

    Args:
        data: of the ONNX file; its inputs are matrices of floating-point numbers, one row per sample.
        facts: of the manifest beside it.
        names: of the inputs, in the order of the graph's columns.
        examples: rows of inputs, at least one.
        target: of the package: a zip where it ends in `.zip`.

    Raises:
        PackageError: the graph is another than the facts say, or fails on the examples.
    """
    model = parse_graph(data, facts.name)
    feeds = _feeds(model, names)
    results = _results(model, facts)
    contract = Contract(
        FeaturesPart(container=Container.ARRAY, columns=tuple(names)),
        tuple(_input(name, facts) for name in names),
        _outputs(model, facts, results),
    )
    predictor = OnnxPredictor(data, feeds, results, contract, facts.name)
    rows = [checked_row(contract.signature, row, ranges=False) for row in examples[:_MOST_GOLDEN]]
    golden = golden_bytes(_golden(predictor, rows))
    artifact = OnnxArtifact(
        format="onnx",
        precision=next(iter(predictor.precisions), "double"),
        opset=opsets(model),
        ir_version=model.ir_version,
        inputs=feeds,
        outputs=results,
        greatest_difference=0.0,
        tolerance=_TOLERANCE,
        file=_GRAPH,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
    manifest = Manifest(
        schema_version=SCHEMA,
        name=facts.name,
        version=facts.version,
        task=facts.task or (Task.CLASSIFICATION if facts.onnx.classes else Task.REGRESSION),
        description=facts.description,
        author=facts.author,
        license=facts.license,
        notes=("imported: the golden rows are what this graph gave, not what an estimator gave",),
        framework=_framework(model),
        training=_training(examples, facts),
        metrics=facts.metrics,
        features=contract.features,
        inputs=contract.inputs,
        outputs=contract.outputs,
        artifacts=(artifact,),
        golden=GoldenPart(
            file=_GOLDEN, sha256=hashlib.sha256(golden).hexdigest(), size=len(golden), rows=len(rows)
        ),
    )
    files = {_GRAPH: data, _GOLDEN: golden, FILE: manifest_bytes(manifest)}
    write_package(target, files, open_package)
    return open_package(target)


def _framework(model: Any) -> FrameworkPart:
    return FrameworkPart(
        name=model.producer_name or "ONNX",
        version=model.producer_version or str(model.ir_version),
        estimator="an ONNX graph",
    )


def _training(examples: Sequence[Sequence[float]], facts: ImportFacts) -> TrainingPart:
    return TrainingPart(
        rows=len(examples),
        data_hash=hashlib.sha256(np.asarray(examples, dtype="<f8").tobytes()).hexdigest(),
        of_examples=True,
        code_revision=facts.code_revision,
        environment=environment(),
    )


def _golden(predictor: OnnxPredictor, rows: Sequence[Row]) -> GoldenRows:
    return GoldenRows(tuple(rows), tuple(predictor.predict(rows)))


def _feeds(model: Any, names: Sequence[str]) -> tuple[OnnxInput, ...]:
    """The graph takes one matrix of all inputs, or one column for each, by its name."""
    constants = {item.name for item in model.graph.initializer}
    inputs = [item for item in model.graph.input if item.name not in constants]
    wrong = [one.name for one in inputs if one.type.tensor_type.elem_type not in (_DOUBLE, _FLOAT)]
    if wrong:
        raise PackageError(
            "inputs of the graph are no floating-point numbers", where="onnx", found=", ".join(wrong)
        )
    if len(inputs) == 1:
        return (OnnxInput(name=inputs[0].name, columns=tuple(names)),)
    given = [one.name for one in inputs]
    if sorted(given) != sorted(names):
        raise PackageError(
            "the graph's inputs are not those of the examples",
            where="onnx",
            found=", ".join(given),
            wanted=", ".join(names),
        )
    return tuple(OnnxInput(name=name, columns=(name,)) for name in given)


def _results(model: Any, facts: ImportFacts) -> Mapping[Method, str]:
    if facts.onnx.outputs:
        return facts.onnx.outputs
    found = [one.name for one in model.graph.output]
    told = {Method.PREDICT: found[0]}
    if facts.onnx.classes and len(found) > 1:
        told[Method.PREDICT_PROBA] = found[1]
    return told


def _input(name: str, facts: ImportFacts) -> InputPart:
    return InputPart(
        name=name,
        data_type=DataType.DOUBLE,
        description=facts.descriptions.get(name, ""),
        unit=facts.units.get(name),
        range=facts.ranges.get(name),
    )


def _outputs(model: Any, facts: ImportFacts, results: Mapping[Method, str]) -> tuple[OutputPart, ...]:
    classes = facts.onnx.classes
    if not classes:
        shapes = {one.name: one.type.tensor_type.shape.dim for one in model.graph.output}
        dims = shapes.get(results[Method.PREDICT], ())
        width = dims[1].dim_value if len(dims) > 1 and dims[1].dim_value > 0 else 1
        default = ["value"] if width == 1 else [f"value{place + 1}" for place in range(width)]
        names = facts.output_names or tuple(default)
        return tuple(
            _output(
                facts, name, OutputRole.VALUE, DataType.DOUBLE, SourcePart(method=Method.PREDICT, column=at)
            )
            for at, name in enumerate(names)
        )
    categories = facts.class_names or tuple(map(str, classes))
    source = SourcePart(method=Method.PREDICT, classes=classes)
    names = (*facts.output_names, "class", "probabilities")[: 2 if not facts.output_names else None]
    made = [_output(facts, names[0], OutputRole.LABEL, DataType.INT32, source, categories=categories)]
    if Method.PREDICT_PROBA in results:
        source = SourcePart(method=Method.PREDICT_PROBA)
        name = names[1] if len(names) > 1 else "probabilities"
        more = {"categories": categories, "length": len(categories)}
        made.append(_output(facts, name, OutputRole.PROBABILITIES, DataType.DOUBLE, source, **more))
    return tuple(made)


def _output(
    facts: ImportFacts, name: str, role: OutputRole, data_type: DataType, source: SourcePart, **more: Any
) -> OutputPart:
    return OutputPart(
        name=name,
        role=role,
        data_type=data_type,
        description=facts.descriptions.get(name, ""),
        unit=facts.units.get(name),
        range=facts.ranges.get(name),
        source=source,
        **more,
    )
