"""The section `models.<name>.gates`: what a version must be before it may go live."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from opcua_ml.config.section import FilePath, Name, Section, Sha256, each_once, refusal


class Metric(StrEnum):
    """How well a version does on the pinned data."""

    ACCURACY = "accuracy"
    F1 = "f1"
    AUC = "auc"
    MAE = "mae"
    RMSE = "rmse"
    R2 = "r2"


class EvaluationSection(Section):
    """Pinned data: the file may stand anywhere, but it is this one and no other."""

    path: FilePath
    """CSV file with a column for each input, by name, and one for what is right: named as the output, or
    `target`."""
    sha256: Sha256
    """Of the file."""


class MappingSection(Section):
    """Names that a version's package has in place of the model's own."""

    inputs: Mapping[str, str] = {}
    """Model's input to the package's."""
    outputs: Mapping[str, str] = {}
    """Model's output to the package's; outputs of the package that the model has not are left out then."""


class GatesSection(Section):
    """What a version is held against before it is staged, and again before it goes live."""

    memory_mb: Annotated[float, Field(gt=0, le=1_048_576, allow_inf_nan=False)] | None = None
    """Most that loading the version and predicting its golden rows may take, measured in a process of its
    own on this machine."""
    evaluation: EvaluationSection | None = None
    """Data on which the version is held against the active one."""
    metric: Annotated[Metric, Strict(strict=False)] | None = None
    """By default f1 for a classification, auc for an anomaly detection, else mae."""
    margin: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0
    """A version that is worse by its metric passes where, with the confidence below, it is worse by no more
    than this."""
    confidence: Annotated[float, Field(gt=0.5, lt=1, allow_inf_nan=False)] = 0.95
    """Of the interval of the difference between both versions, by bootstrap over the rows."""
    custom: Annotated[tuple[Name, ...], Strict(strict=False), AfterValidator(each_once)] = ()
    """Gates of other packages that run, too: names of entry points of the group `opcua_ml.gates`."""
    rollback_on_alarm: bool = True
    """Whether an alarm that the model's answers raise during probation rolls the version back."""

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if self.metric is not None and self.evaluation is None:
            raise refusal("a metric needs data", wanted="a table evaluation with path and sha256")
        return self
