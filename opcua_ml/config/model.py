"""The sections `models.<name>`."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, ValidationInfo, model_validator

from opcua_ml.config.alarm import STANDARD_NAMES, AlarmSection
from opcua_ml.config.details import DetailsSection, LocaleId, Words
from opcua_ml.config.gates import GatesSection, MappingSection
from opcua_ml.config.input_tag import InputTag, JoinSection
from opcua_ml.config.mlflow import MlflowSection
from opcua_ml.config.output_tag import OutputTag
from opcua_ml.config.results import ResultsSection
from opcua_ml.config.section import Name, Section, Sha256, a_path, beside_the_file, refusal
from opcua_ml.config.tag import Tag
from opcua_ml.config.trigger import ChangeTrigger, HandshakeTrigger, LeadingTrigger, MethodTrigger, Trigger
from opcua_ml.domain.value_range import OutOfRange, OutputsOutOfRange, OutsideTraining

PortName = Annotated[str, Field(min_length=1)]
"""Name of an input or output, as the model's signature has it."""


class ArtifactFormat(StrEnum):
    """The formats of a package's artifacts; `auto` takes the best one that may be loaded."""

    AUTO = "auto"
    ONNX = "onnx"
    TREELITE = "treelite"
    SKOPS = "skops"
    JOBLIB = "joblib"


class Worker(StrEnum):
    """Where a model too slow for the event loop runs."""

    AUTO = "auto"
    THREAD = "thread"
    PROCESS = "process"


class TrustSection(Section):
    """Leave to load an artifact that could run foreign code, given for one file and no other."""

    format: Literal["joblib", "skops"]
    """`joblib` is a pickle; `skops` here means with the types that skops itself holds untrusted."""
    sha256: Sha256
    """Of the artifact's file."""


def _is_path(package: str) -> bool:
    return "/" in package or "\\" in package or package.startswith(".") or package.endswith(".zip")


def _resolved(package: str, info: ValidationInfo) -> str:
    # Made absolute, as a path that lost its leading `./` would read as a bundled model's name.
    return str(beside_the_file(Path(a_path(package)), info).absolute()) if _is_path(package) else package


class ModelSection(Section):
    """One model: its package, the tags that feed it and the tags that take its results."""

    package: Annotated[str, Field(min_length=1), AfterValidator(_resolved)]
    """Folder or .zip file of the package, relative to this file (`./packages/pump`), or the bare name of a
    bundled model (`pump_anomaly`)."""
    versioned: bool = False
    """Whether the store keeps the versions of this model, and clients may manage them; `package` is the first
    one then, and counts no more once another is promoted."""
    latency_gate_ms: Annotated[float, Field(gt=0, le=60_000, allow_inf_nan=False)] | None = None
    """A version whose measured p99 is above is not promoted, and rolled back in probation."""
    gates: GatesSection = GatesSection()
    """What else a version is held against before it may go live."""
    mapping: MappingSection = MappingSection()
    """For versions whose packages name inputs or outputs otherwise than the first one."""
    mlflow: MlflowSection | None = None
    """Registry whose alias is followed; only with `versioned`."""
    trust: TrustSection | None = None
    """Only for artifacts that could run foreign code."""
    artifact: Annotated[ArtifactFormat, Strict(strict=False)] = ArtifactFormat.AUTO
    """Which of the package's artifacts to serve."""
    fold: bool = True
    """Whether one row of a linear ONNX graph is computed from its weights, where that agrees with onnxruntime
    on the golden rows and is quicker."""
    inline_budget_ms: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)] = 1.0
    """A model whose measured p99 is below runs on the event loop, a slower one in a worker; 0 for never."""
    worker: Annotated[Worker, Strict(strict=False)] = Worker.AUTO
    """Kind of worker for a model that is too slow for the event loop."""
    most_waiting: Annotated[int, Field(ge=1, le=100_000)] = 64
    """Method calls that may wait for the model's worker: one more is refused. With a leading tag, rows, and
    values per input, that may wait: the oldest goes."""
    batch_rows: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Rows of calls that wait for the model's worker and are computed together, where the model is quicker so
    and answers as it does alone; 1 for never."""
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0.0
    """How long the worker waits for further calls after the first; by default it takes what waits already."""

    inputs: Mapping[PortName, InputTag] = {}
    """Input to tag. Inputs without one are written by clients."""
    join: JoinSection = JoinSection()
    """How the inputs become one row."""
    outputs: Mapping[PortName, OutputTag] = {}
    """Output to the tag that it is written to."""
    quality: Tag | None = None
    """Tag that takes the StatusCode of the last prediction as a number."""
    reason: Tag | None = None
    """Tag that takes the reason of the last prediction's quality as text."""
    results: ResultsSection = ResultsSection()
    """Tags that say of which part or job a result of Machinery is."""
    trigger: Trigger = ChangeTrigger()
    """When the inputs are scored; by default at any change."""
    out_of_range: Annotated[OutOfRange, Strict(strict=False)] | None = None
    """For values outside the declared range; by default method calls are refused and tags are marked."""
    outside_training: Annotated[OutsideTraining, Strict(strict=False)] = OutsideTraining.IGNORE
    """For values outside what training saw, which is often less than the declared range."""
    outputs_out_of_range: Annotated[OutputsOutOfRange, Strict(strict=False)] = OutputsOutOfRange.IGNORE
    """For answers outside the declared range of their output: Uncertain, or told as they are."""
    least_confidence: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    """A classifier's answer of less confidence is told as «not decidable», and is Uncertain."""
    history: bool = True
    """Whether the history of this model's inputs and outputs is kept, where the service keeps one."""
    alarms: Mapping[Name, AlarmSection] = {}
    """Alarms on outputs, by name."""
    display_name: Mapping[LocaleId, Words] = {}
    """What displays call the model, by language: `{ en = "Pump", de = "Pumpe" }`."""
    description: Mapping[LocaleId, Words] = {}
    """What the model does, by language."""
    details: Mapping[PortName, DetailsSection] = {}
    """What displays are told of inputs and outputs, by name."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name in STANDARD_NAMES:
            if name in self.alarms:
                raise refusal(f"{name} is an alarm that every model has by itself", wanted="another name")
        if self.mlflow is not None and not self.versioned:
            raise refusal("only versions are staged from a registry", wanted="versioned = true")
        if self.inputs and isinstance(self.trigger, MethodTrigger):
            raise refusal(
                'trigger.kind "method" is for models without inputs',
                wanted="change, leading, period or handshake",
            )
        if self.results.tags and isinstance(self.trigger, MethodTrigger):
            raise refusal(
                "method calls make no results, so results.* has no effect",
                wanted="trigger.kind change, leading, period or handshake",
            )
        if not self.inputs and self.written:
            raise refusal(
                "outputs are written to tags only where tags are inputs", wanted="inputs, or no outputs"
            )
        if self.artifact is ArtifactFormat.JOBLIB and (self.trust is None or self.trust.format != "joblib"):
            raise refusal(
                "a joblib artifact is a pickle and could run any code", wanted="a trust table that pins it"
            )
        return self

    @property
    def package_path(self) -> Path | None:
        """The package's folder or file; None for a bundled model."""
        return Path(self.package) if _is_path(self.package) else None

    @property
    def written(self) -> Mapping[str, Tag]:
        """Every tag that is written for this model, by its key in this section."""
        found: dict[str, Tag] = {f"outputs.{name}": tag for name, tag in self.outputs.items()}
        others = [("quality", self.quality), ("reason", self.reason)]
        if isinstance(self.trigger, HandshakeTrigger):
            others += [("trigger.done_id", self.trigger.done_id)]
            others += [("trigger.result_code", self.trigger.result_code)]
        return found | {key: tag for key, tag in others if tag}

    @property
    def read(self) -> Mapping[str, Tag]:
        """Every tag that is read for this model, by its key in this section."""
        found: dict[str, Tag] = {f"inputs.{name}": tag for name, tag in self.inputs.items()}
        if isinstance(self.trigger, LeadingTrigger) and self.trigger.tag is not None:
            found["trigger.tag"] = self.trigger.tag
        if isinstance(self.trigger, HandshakeTrigger) and self.trigger.request_id is not None:
            found["trigger.request_id"] = self.trigger.request_id
        return found | {f"results.{key}": tag for key, tag in self.results.tags.items()}

    def tags(self) -> Iterator[tuple[str, Tag]]:
        """Every tag of this section with its key."""
        yield from self.read.items()
        yield from self.written.items()
