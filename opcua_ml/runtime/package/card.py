"""From a manifest to what the domain knows of a model."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from opcua_ml.domain.card import ModelCard
from opcua_ml.domain.details import described, with_details
from opcua_ml.domain.signature import Input, Output, Range, Signature, Statistics, Window
from opcua_ml.domain.wording import named

if TYPE_CHECKING:
    from opcua_ml.runtime.package.manifest import Manifest
    from opcua_ml.runtime.package.parts import InputPart, OutputPart


def signature_of(inputs: tuple[InputPart, ...], outputs: tuple[OutputPart, ...]) -> Signature:
    """The signature that the manifest's tables tell."""
    return Signature(tuple(_input(part) for part in inputs), tuple(_output(part) for part in outputs))


def card_of(manifest: Manifest, content_hash: str) -> ModelCard:
    """The card of a manifest; `content_hash` is the SHA-256 of its bytes."""
    trained_at = manifest.training.trained_at
    return ModelCard(
        name=manifest.name,
        version=manifest.version,
        task=manifest.task,
        signature=signature_of(manifest.inputs, manifest.outputs),
        content_hash=content_hash,
        description=described(manifest.description, manifest.descriptions),
        display_name=named(manifest.name, manifest.display_name) if manifest.display_name else "",
        framework=f"{manifest.framework.name} {manifest.framework.version}",
        estimator=manifest.framework.estimator,
        trained_at=trained_at.astimezone(UTC) if trained_at else None,
        training_data_hash="" if manifest.training.of_examples else manifest.training.data_hash,
        author=manifest.author,
        license=manifest.license,
        metrics=dict(manifest.metrics),
        code_revision=manifest.training.code_revision,
        parameters=dict(manifest.training.parameters),
        environment=dict(manifest.training.environment),
    )


def _input(part: InputPart) -> Input:
    window = part.window
    made = Input(
        name=part.name,
        data_type=part.data_type,
        description=part.description,
        unit=part.unit,
        range=Range(*part.range) if part.range else None,
        categories=part.categories,
        window=Window(window.samples, window.period, window.statistic, window.fill) if window else None,
        allow_missing=part.allow_missing,
        statistics=Statistics(**dict(part.statistics)) if part.statistics else None,
    )
    return with_details(made, part.details.told())


def _output(part: OutputPart) -> Output:
    made = Output(
        name=part.name,
        role=part.role,
        data_type=part.data_type,
        description=part.description,
        unit=part.unit,
        range=Range(*part.range) if part.range else None,
        categories=part.categories,
        length=part.length,
    )
    return with_details(made, part.details.told())
