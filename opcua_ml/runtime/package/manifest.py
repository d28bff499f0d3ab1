"""The manifest: everything that is known of one version of a model, and the hash of every file of it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from opcua_ml.domain.signature import Task
from opcua_ml.runtime.package.artifact_parts import Artifact, GoldenPart
from opcua_ml.runtime.package.consistency import check_categories, check_classes, check_output, check_task
from opcua_ml.runtime.package.parts import (
    FeaturesPart,
    FrameworkPart,
    InputPart,
    Label,
    LocaleId,
    Name,
    OutputPart,
    Part,
    Text,
    TrainingPart,
    Version,
)

FILE = "manifest.toml"
SCHEMA: Literal[1] = 1


class Manifest(Part):
    """`manifest.toml` as it was read; see docs/model-package.md for each key."""

    schema_version: Literal[1]
    name: Name
    version: Version
    task: Task
    description: Text = ""
    descriptions: Mapping[LocaleId, Text] = {}
    """In further languages."""
    display_name: Mapping[LocaleId, Text] = {}
    """In place of the name."""
    author: Text = ""
    license: Text = ""
    notes: tuple[Text, ...] = ()
    """What the packing has to tell, such as why an artifact was left out."""
    horizon: Annotated[int, Field(ge=1)] | None = None
    """Steps that a forecast looks ahead."""
    framework: FrameworkPart
    training: TrainingPart
    metrics: Mapping[Label, float] = {}
    features: FeaturesPart
    inputs: Annotated[tuple[InputPart, ...], Field(min_length=1, max_length=10_000)]
    outputs: Annotated[tuple[OutputPart, ...], Field(min_length=1, max_length=1000)]
    artifacts: Annotated[tuple[Artifact, ...], Field(min_length=1)]
    golden: GoldenPart

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        _once("two inputs of one name", (item.name for item in self.inputs))
        _once("two outputs of one name", (item.name for item in self.outputs))
        _once("two artifacts of one format", (item.format for item in self.artifacts))
        files = [FILE, self.golden.file, *(item.file for item in self.artifacts)]
        _once("two files of one name", (file.casefold() for file in files))
        filled = [column for item in self.inputs for column in item.own_columns]
        if sorted(filled) != sorted(self.features.columns):
            raise ValueError("the inputs do not fill each of the features' columns once")
        _once("two columns of one name", filled)
        for item in self.inputs:
            check_categories(item)
        for output in self.outputs:
            check_output(output)
        check_classes(self.outputs)
        check_task(self.task, self.outputs, self.horizon)
        for artifact in self.artifacts:
            if artifact.format == "onnx":
                fed = [column for item in artifact.inputs for column in item.columns]
                if not set(fed) <= set(filled):
                    raise ValueError("the ONNX graph is fed with columns that no input fills")
                missing = {item.source.method for item in self.outputs} - set(artifact.outputs)
                if missing:
                    raise ValueError(f"no output of the ONNX graph stands for {', '.join(sorted(missing))}")
        return self

    def artifact(self, artifact_format: str) -> Artifact | None:
        """The artifact of that format, where there is one."""
        return next((item for item in self.artifacts if item.format == artifact_format), None)


def _once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what}: {name}")
        seen.add(name)
