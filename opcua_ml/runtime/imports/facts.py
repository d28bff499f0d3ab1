"""The manifest beside a model file: what the file itself does not tell."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opcua_ml.domain.errors import PackageError
from opcua_ml.domain.signature import Task
from opcua_ml.runtime.package.manifest_file import manifest_problem
from opcua_ml.runtime.package.parts import Label, Method, Name, Text, UnitCode, Version

Bounds = tuple[float, float]


class OnnxFacts(BaseModel):
    """What an ONNX graph does not tell of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    outputs: Mapping[Method, str] = {}
    """The method that each output of the graph stands for; by default the first is `predict`, and with
    classes the second is `predict_proba`."""
    classes: tuple[str | int | bool, ...] = ()
    """What the graph gives as labels, in the order of its probabilities."""


class ImportFacts(BaseModel):
    """Keys of the manifest beside a model file; all but the name have defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Name
    version: Version = "1.0.0"
    task: Task | None = None
    """Of an estimator its type tells it; an ONNX graph with classes classifies, others are regressions."""
    description: Text = ""
    author: Text = ""
    license: Text = ""
    examples: str = "examples.csv"
    """CSV file beside the manifest, with a column for each input: rows that become golden rows."""
    targets: tuple[Label, ...] = ()
    """Columns of the examples that are no inputs."""
    units: Mapping[Label, UnitCode] = {}
    ranges: Mapping[Label, Bounds] = {}
    descriptions: Mapping[Label, Text] = {}
    class_names: tuple[Label, ...] = ()
    output_names: tuple[Label, ...] = ()
    threshold: float | None = None
    metrics: Mapping[Label, float] = {}
    code_revision: Annotated[str, Field(max_length=128)] = ""
    onnx: OnnxFacts = OnnxFacts()


def read_facts(path: Path) -> ImportFacts:
    """The manifest in a file.

    Raises:
        PackageError: it can't be read, or has a key or value that can't be.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackageError(
            "the manifest beside the model can't be read", where=str(path), found=error.strerror
        ) from error
    except ValueError as error:
        raise PackageError("not readable as TOML", where=str(path), found=error) from error
    return facts_of(document, str(path))


def facts_of(document: Mapping[str, object], where: str) -> ImportFacts:
    """The manifest of a document.

    Raises:
        PackageError: it has a key or value that can't be.
    """
    try:
        return ImportFacts.model_validate(dict(document))
    except ValidationError as error:
        raise manifest_problem(where, error) from error
