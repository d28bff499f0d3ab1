"""Pieces of the manifest: what its keys may hold. `manifest.py` puts them together."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from opcua_ml.domain.details import ToldDetails
from opcua_ml.domain.signature import DataType, OutputRole, WindowFill, WindowStatistic


class Part(BaseModel):
    """A table of the manifest: frozen, strict about types, refusing keys that it doesn't know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""Of a model: it becomes part of NodeIds, so it has neither dots nor colons nor spaces."""
Version = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}([-+][0-9A-Za-z.+-]+)?$", max_length=64)
]
"""Semantic version (semver.org)."""
Label = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=128)]
"""Of an input, an output, a column or a class."""
Text = Annotated[str, StringConstraints(max_length=4096)]
LocaleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
"""Of a language, such as de or de-AT (OPC UA Part 3, 8.4)."""
Texts = Mapping[LocaleId, Text]
"""One text in several languages."""
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]
"""Common code of UN/CEFACT's Recommendation 20 («UNECE code»), such as CEL or MQH."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
"""A plain name in the package's own folder: no path."""
PATTERNS = {
    r"^[A-Za-z][A-Za-z0-9_-]{0,63}$": "a letter, then letters, digits, _ and -; at most 64 in all",
    r"^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}([-+][0-9A-Za-z.+-]+)?$": "a semantic version, such as 1.0.0",
    r"^[^\x00-\x1f\x7f]+$": "a text without control characters",
    r"^[A-Z0-9]{1,3}$": "a UNECE code, such as CEL, BAR or MQH; `opcua-ml units` lists them",
    r"^[0-9a-f]{64}$": "64 hexadecimal digits",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$": "a language, such as de or de-AT",
    r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$": "the plain name of a file in the package",
}
"""The patterns above and below, in words."""
Size = Annotated[int, Field(ge=0)]
Tolerance = Annotated[float, Field(ge=0, le=0.1)]
"""Greatest difference allowed, as a share of the greatest golden value of the output."""
Interval = Annotated[tuple[float, float], Field(description="lowest and highest value, in the unit")]
Scalar = str | bool | int | float


class Container(StrEnum):
    """What the estimator takes its columns in."""

    ARRAY = "array"
    FRAME = "frame"


class Method(StrEnum):
    """The estimator's methods that outputs come from."""

    PREDICT = "predict"
    PREDICT_PROBA = "predict_proba"
    DECISION_FUNCTION = "decision_function"
    SCORE_SAMPLES = "score_samples"
    TRANSFORM = "transform"


ColumnType = Literal[
    "float64", "float32", "float16", "int64", "int32", "int16", "int8",
    "uint64", "uint32", "uint16", "uint8", "bool", "object", "str", "category", "ordered category",
]  # fmt: skip


class WindowPart(Part):
    """The last values of an input in place of one."""

    samples: Annotated[int, Field(ge=1, le=100_000)]
    period: Annotated[float, Field(gt=0)] = 1.0
    statistic: WindowStatistic | None = None
    fill: WindowFill = WindowFill.TRIGGER
    """Whether the model's triggers bring it values, or the passing of time."""


class StatisticsPart(Part):
    """What training saw of one numeric input."""

    count: Size
    missing: Size
    mean: float
    standard_deviation: Annotated[float, Field(ge=0)]
    minimum: float
    maximum: float
    quantiles: tuple[float, ...] = ()


class DetailsPart(Part):
    """What displays are told of an input or output."""

    display_name: Texts = {}
    """In place of its name."""
    description: Texts = {}
    """In further languages."""
    category_names: Mapping[LocaleId, tuple[Label, ...]] = {}
    """Of the classes, in their order."""
    instrument_range: Interval | None = None
    """What the instrument can tell, in the unit."""
    value_precision: Annotated[float, Field(ge=-15, le=15)] | None = None
    """Decimal places that count."""
    definition: Text = ""
    """How the value comes about."""

    def told(self) -> ToldDetails:
        """As the domain takes them."""
        return ToldDetails(**dict(self))


class InputPart(Part):
    """One input."""

    name: Label
    data_type: DataType
    description: Text = ""
    unit: UnitCode | None = None
    range: Interval | None = None
    categories: tuple[str | bool | int, ...] = ()
    window: WindowPart | None = None
    allow_missing: bool = False
    dtype: ColumnType = "float64"
    """Of the estimator's columns."""
    columns: tuple[Label, ...] = ()
    """The estimator's columns that this input fills, the oldest of a window first; by default its name."""
    statistics: StatisticsPart | None = None
    details: DetailsPart = DetailsPart()

    @property
    def own_columns(self) -> tuple[str, ...]:
        """`columns`, with the default filled in."""
        return self.columns or (self.name,)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        wanted = self.window.samples if self.window and self.window.statistic is None else 1
        if len(self.own_columns) != wanted:
            raise ValueError(f"{len(self.own_columns)} columns for a window of {wanted}")
        if self.window and self.window.statistic and self.data_type is DataType.STRING:
            raise ValueError("a statistic of texts")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("the range's low end is not less than its high end")
        _check_details(self)
        return self


class SourcePart(Part):
    """Where an output comes from."""

    method: Method
    target: Size = 0
    """Which of several targets, for a classifier of several."""
    column: Size = 0
    """First column of the method's result, for numbers."""
    negated: bool = False
    """Whether the sign is turned: an anomaly's score is greater where the sample is stranger."""
    threshold: float | None = None
    """Scores above are anomalies."""
    classes: tuple[Scalar, ...] = ()
    """The estimator's own labels, in the order of the categories."""


ROLE_TYPES = {
    OutputRole.VALUE: DataType.DOUBLE,
    OutputRole.LABEL: DataType.INT32,
    OutputRole.PROBABILITIES: DataType.DOUBLE,
    OutputRole.CONFIDENCE: DataType.DOUBLE,
    OutputRole.SCORE: DataType.DOUBLE,
    OutputRole.ANOMALY: DataType.BOOLEAN,
    OutputRole.CLUSTER: DataType.INT32,
    OutputRole.DISTANCE: DataType.DOUBLE,
}


class OutputPart(Part):
    """One output."""

    name: Label
    role: OutputRole
    data_type: DataType
    description: Text = ""
    unit: UnitCode | None = None
    range: Interval | None = None
    categories: tuple[Label, ...] = ()
    length: Annotated[int, Field(ge=1, le=100_000)] = 1
    source: SourcePart
    details: DetailsPart = DetailsPart()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.data_type is not ROLE_TYPES[self.role]:
            raise ValueError(f"a {self.role} is of data type {ROLE_TYPES[self.role]}, not {self.data_type}")
        if self.role is OutputRole.PROBABILITIES and self.length != len(self.categories):
            raise ValueError("not one category for each of the probabilities")
        if self.role is OutputRole.LABEL and not len(self.categories) == len(self.source.classes) > 0:
            raise ValueError("a label's categories and its source's classes are not one to one")
        if self.role is OutputRole.ANOMALY and self.source.threshold is None:
            raise ValueError("an anomaly without a threshold")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("the range's low end is not less than its high end")
        _check_details(self)
        return self


def _check_details(part: InputPart | OutputPart) -> None:
    for problem in part.details.told().problems(part.categories):
        raise ValueError(problem)


class FeaturesPart(Part):
    """The estimator's own view of its inputs."""

    container: Container
    dtype: ColumnType = "float64"
    """Of an array; the columns of a frame have their own."""
    columns: tuple[Label, ...]
    """In the estimator's order."""


class FrameworkPart(Part):
    """What fitted the estimator."""

    name: Text
    version: Text
    estimator: Text
    """The pipeline's steps in words."""
    libraries: Mapping[str, str] = {}
    """Further distributions whose classes are in the estimator, with their versions."""


class TrainingPart(Part):
    """What the estimator was fitted on, as far as it is known."""

    rows: Size
    data_hash: Sha256
    """SHA-256 of inputs and targets; see docs/model-package.md for what is hashed."""
    of_examples: bool = False
    """Whether these are rows that came with an imported file: nobody told what it was fitted on."""
    trained_at: AwareDatetime | None = None
    code_revision: Annotated[str, StringConstraints(max_length=128)] = ""
    """Of the code that trained it, such as a commit."""
    parameters: Mapping[str, Text] = {}
    """Of the estimator and its steps, as texts: `step__name`."""
    environment: Mapping[str, Text] = {}
    """Where it was packed: `python`, `platform`, and the versions of the libraries that compute."""
