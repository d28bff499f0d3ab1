"""From the section of a model to a model at work: opened, loaded, held against its tags, warmed up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml import bundled, units
from opcua_ml.config import ArtifactFormat as ArtifactChoice
from opcua_ml.config import ConfigurationRefused, problem, unknown_name
from opcua_ml.domain.errors import ConfigurationError, InferenceFailed, OpcuaMlError, PackageError
from opcua_ml.domain.port_mapping import port_mapping
from opcua_ml.opcua.results import VERDICTS
from opcua_ml.runtime.contract.trust import NO_TRUST, Trust
from opcua_ml.runtime.executor import ExecutorSettings, WorkerKind, executor_for
from opcua_ml.runtime.executor.mapped import MappedExecutor
from opcua_ml.runtime.loading.load import PREFERRED, ArtifactFormat, load
from opcua_ml.runtime.package.package import Package, open_package
from opcua_ml.service.building.output_alarms import alarm_problems
from opcua_ml.service.building.policies import (
    abstention_of,
    output_rule_of,
    policy_problems,
    told_card,
    told_signature,
)
from opcua_ml.service.building.unit_codes import warn_of_units
from opcua_ml.service.building.write_limits import write_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opcua_ml.application.ports import Executor
    from opcua_ml.config import Configuration, ModelSection
    from opcua_ml.domain.abstention import Abstention
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.output_rule import OutputRule
    from opcua_ml.domain.signature import Signature

NOT_SERVED = (PackageError, ConfigurationError, InferenceFailed)
"""What keeps a model from being ready: its package, its tags, or its first rows."""


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """A model that has proved its golden rows and was warmed up.

    Attributes:
        name: of its table in the configuration; the model's name for clients.
        reason: why this artifact computes and where, in words.
        abstention: when its answer is not told; None for never.
        rule: for answers outside their declared range; None where those are told as Good.
    """

    name: str
    section: ModelSection
    card: ModelCard
    executor: Executor
    reason: str
    abstention: Abstention | None = None
    rule: OutputRule | None = None


def package_path(section: ModelSection) -> Path:
    """Where the package is: a folder or file, or a bundled model's."""
    return section.package_path or bundled.model(section.package)


def package_problems(source: str, configuration: Configuration) -> Iterator[ConfigurationError]:
    """What only the packages show to be wrong: names that no signature has, models that may not be served.

    Models are loaded and held against their golden rows, as the service does it.
    """
    for name, section in configuration.models.items():
        try:
            package = open_package(package_path(section))
        except OpcuaMlError as error:
            yield problem(source, f"models.{name}.package", error.sentence)
            continue
        yield from signature_problems(source, name, section, package.signature)
        warn_of_units(name, package.signature)
        try:
            load(package, trust=trust_of(section), prefer=preferred(section))
        except OpcuaMlError as error:
            yield problem(source, f"models.{name}.package", error.sentence)


def signature_problems(
    source: str, name: str, section: ModelSection, signature: Signature
) -> Iterator[ConfigurationError]:
    """Each input and output of the section that the signature does not have, and rules that don't fit it."""
    outputs = [output.name for output in signature.outputs]
    for kind, given, known in (
        ("input", section.inputs, signature.names),
        ("output", section.outputs, outputs),
    ):
        for key in given:
            if key not in known:
                what, wanted = unknown_name(kind, key, known)
                yield problem(source, f"models.{name}.{kind}s", what, wanted=wanted)
    for kind, mapped, known in (
        ("input", section.mapping.inputs, signature.names),
        ("output", section.mapping.outputs, outputs),
    ):
        for key in mapped:
            if key not in known:
                what, wanted = unknown_name(kind, key, known)
                yield problem(source, f"models.{name}.mapping.{kind}s", what, wanted=wanted)
    if section.results.tags and not any(item.role in VERDICTS for item in signature.outputs):
        what = "the model gives no verdicts, and so no results: it has neither label nor anomaly"
        yield problem(source, f"models.{name}.results", what, wanted="no such table")
    yield from policy_problems(source, name, section, signature)
    yield from write_problems(source, name, section, signature)
    yield from alarm_problems(source, name, section, told_signature(section, signature))


def ready_model(
    source: str, name: str, section: ModelSection, path: Path | None = None, *, like: Signature | None = None
) -> ReadyModel:
    """Open, load, check and warm up one model; blocks for as long as that takes.

    Args:
        source: what the configuration is called in errors.
        name: of the model's table.
        section: the table.
        path: of the package, where it is another one than the table names.
        like: signature of the model that the package is another version of, for the section's mapping.

    Raises:
        ConfigurationError: the section names inputs or outputs that the signature does not have.
        PackageError: the package must not be served.
    """
    package: Package = open_package(path or package_path(section))
    given, names = package.signature, section.mapping
    mapping = None if like is None else port_mapping(like, given, names.inputs, names.outputs)
    signature = given if mapping is None else mapping.signature
    problems = list(signature_problems(source, name, section, signature))
    if problems:
        raise ConfigurationRefused(source, problems)
    warn_of_units(name, signature)
    if section.inputs or section.written:
        units.prepare()  # here, as this is not the event loop
    model = load(package, trust=trust_of(section), prefer=preferred(section), fold=section.fold)
    executor: Executor = executor_for(
        model,
        ExecutorSettings(
            inline_budget=section.inline_budget_ms / 1e3,
            worker=WorkerKind(section.worker.value),
            queue_size=section.most_waiting,
            batch_rows=section.batch_rows,
            batch_wait=section.batch_wait_ms / 1e3,
        ),
    )
    # Two tables may serve one package on two machines: clients know a model by its table's name.
    if mapping is not None and not mapping.is_identity:
        executor = MappedExecutor(executor, mapping)
    card = told_card(section, replace(model.card, name=name, signature=told_signature(section, signature)))
    abstention, rule = abstention_of(section, signature), output_rule_of(section, signature)
    return ReadyModel(name, section, card, executor, model.reason, abstention, rule)


def preferred(section: ModelSection) -> Sequence[ArtifactFormat]:
    """The formats of artifacts to try, in this order."""
    return tuple(known for known in PREFERRED if section.artifact in (ArtifactChoice.AUTO, known))


def trust_of(section: ModelSection) -> Trust:
    """What of a package could run foreign code, and may."""
    return Trust.of(section.trust.format, section.trust.sha256) if section.trust else NO_TRUST
