"""In which order files are loaded: each one after what it requires.

Source: OPC UA Part 6, F.5 (ModelTableEntry).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.document import STANDARD_URI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.opcua.nodesets.document import Model, NodeSetDocument, RequiredModel


def in_order(
    documents: Sequence[NodeSetDocument], present: Mapping[str, Model], *, tolerant: bool = False
) -> list[NodeSetDocument]:
    """The files, each one after those that it requires; otherwise as they were given.

    Args:
        documents: to be loaded.
        present: models that the server has already, by their URIs.
        tolerant: whether models may be missing.

    Raises:
        ConfigurationError: a model is defined twice, is missing or too old, or requires itself.
    """
    owners = _owners(documents, present)
    ordered: list[NodeSetDocument] = []
    under_way: list[NodeSetDocument] = []

    def visit(document: NodeSetDocument) -> None:
        if document in ordered:
            return
        if document in under_way:
            circle = [*under_way[under_way.index(document) :], document]
            names = " requires ".join(item.models[0].uri for item in circle)
            raise ConfigurationError(
                "models require each other in a circle", where=str(document.path), found=names
            )
        under_way.append(document)
        for model in document.models:
            for required in model.required:
                owner = owners.get(required.uri)
                _hold(document, model, required, _found(required, owner, present), tolerant=tolerant)
                if required.uri == model.uri:
                    raise ConfigurationError(
                        "a model requires itself", where=str(document.path), found=model.uri
                    )
                if owner is not None and owner is not document:
                    visit(owner)
        under_way.pop()
        ordered.append(document)

    for document in documents:
        visit(document)
    return ordered


def _owners(documents: Sequence[NodeSetDocument], present: Mapping[str, Model]) -> dict[str, NodeSetDocument]:
    owners: dict[str, NodeSetDocument] = {}
    for document in documents:
        if not document.models:
            raise ConfigurationError(
                "the file defines no model", where=str(document.path), wanted="NamespaceUris or Models"
            )
        for model in document.models:
            if model.uri in present:
                raise ConfigurationError(
                    f"the model {model.uri} is part of this server already", where=str(document.path)
                )
            if model.uri in owners:
                raise ConfigurationError(
                    f"the model {model.uri} is defined twice",
                    where=str(document.path),
                    found=f"it in {owners[model.uri].path}, too",
                    wanted="each model once",
                )
            owners[model.uri] = document
    return owners


def _found(
    required: RequiredModel, owner: NodeSetDocument | None, present: Mapping[str, Model]
) -> Model | None:
    if owner is not None:
        return next(model for model in owner.models if model.uri == required.uri)
    return present.get(required.uri)


def _hold(
    document: NodeSetDocument, model: Model, required: RequiredModel, found: Model | None, *, tolerant: bool
) -> None:
    if tolerant and required.uri != STANDARD_URI:
        return
    if found is None:
        raise ConfigurationError(
            f"the model {model.uri} requires a model that is missing",
            where=str(document.path),
            found="no file of it",
            wanted=f"{required}, or a newer one, among server.nodesets",
        )
    if found.published < required.published:
        raise ConfigurationError(
            f"the model {model.uri} requires a newer model",
            where=str(document.path),
            found=str(found),
            wanted=f"{required}, or a newer one",
        )
