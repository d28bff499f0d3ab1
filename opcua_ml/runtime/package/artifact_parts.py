"""The artifacts that a manifest can name: one table for each, told apart by `format`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from opcua_ml.runtime.package.parts import FileName, Label, Method, Part, Sha256, Size, Tolerance


class FilePart(Part):
    """A file of the package."""

    file: FileName
    sha256: Sha256
    size: Size


class OnnxInput(Part):
    """One input of an ONNX graph: a matrix with one row per sample."""

    name: Label
    columns: Annotated[tuple[Label, ...], Field(min_length=1)]
    """The estimator's columns that are the matrix's, in order."""


class OnnxArtifact(FilePart):
    """An ONNX graph: data for onnxruntime, without code."""

    format: Literal["onnx"]
    precision: Literal["double", "single"]
    """Of the numbers that go in; tree ensembles give single precision out in any case."""
    opset: Mapping[str, int]
    ir_version: int
    inputs: Annotated[tuple[OnnxInput, ...], Field(min_length=1)]
    outputs: Annotated[Mapping[Method, str], Field(min_length=1)]
    """The estimator's method to the graph's output."""
    greatest_difference: Annotated[float, Field(ge=0)]
    """On the golden rows, as a share of the greatest golden value of the output."""
    tolerance: Tolerance


class TreeResult(StrEnum):
    """What the numbers of a tree ensemble are."""

    PROBABILITIES = "probabilities"
    VALUES = "values"
    STRANGENESS = "strangeness"
    """Of an isolation forest: minus scikit-learn's `score_samples`."""


class TreeliteArtifact(FilePart):
    """A tree ensemble in treelite's checkpoint format, which holds numbers alone."""

    format: Literal["treelite"]
    result: TreeResult
    rounds: bool = False
    """Whether inputs are rounded to single precision first, as most of scikit-learn's trees do."""
    offset: float = 0.0
    """Of an isolation forest's decision."""
    greatest_difference: Annotated[float, Field(ge=0)]
    """On the golden rows, as a share of the greatest golden value of the output."""
    tolerance: Tolerance


class SkopsArtifact(FilePart):
    """The estimator itself, in a form that runs no code when it is loaded."""

    format: Literal["skops"]
    untrusted_types: tuple[str, ...] = ()
    """Types in it that skops does not trust by itself: they load only with a pinned hash."""
    tolerance: Tolerance


class JoblibArtifact(FilePart):
    """The estimator itself as a pickle: loading it can run any code."""

    format: Literal["joblib"]
    tolerance: Tolerance


Artifact = Annotated[
    OnnxArtifact | TreeliteArtifact | SkopsArtifact | JoblibArtifact, Field(discriminator="format")
]


class GoldenPart(FilePart):
    """Rows with the outputs that a loaded model must give for them."""

    rows: Annotated[int, Field(ge=1, le=10_000)]
