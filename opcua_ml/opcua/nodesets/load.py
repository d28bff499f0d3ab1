"""Loads the NodeSet2 files that a site names into its server."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import structlog
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.nodesets.document import Model, read_document
from opcua_ml.opcua.nodesets.importer import Importer
from opcua_ml.opcua.nodesets.numbering import Numbering
from opcua_ml.opcua.nodesets.order import in_order
from opcua_ml.opcua.trust.information.locales import add_locales
from opcua_ml.opcua.trust.information.namespaces import describe_namespace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opcua_ml.opcua.nodesets.document import NodeSetDocument
    from opcua_ml.opcua.trust.server import PlantServer

_log = structlog.get_logger(__name__)

_NAMESPACES: Final = ua.NodeId(ua.Int32(ObjectIds.Server_Namespaces))
_TOLD: Final = ("NamespaceUri", "NamespaceVersion", "NamespacePublicationDate")


async def load_node_sets(
    server: PlantServer,
    paths: Sequence[Path],
    *,
    tolerant: bool = False,
) -> dict[str, int]:
    """Load files in the order in which they require each other.

    Args:
        server: initialised.
        paths: of NodeSet2 files, in any order.
        tolerant: whether models and nodes may be missing; what refers to them is left out.

    Returns:
        The namespace indices of the server, by URI.

    Raises:
        ConfigurationError: a file can't be read, a model is missing, too old, there twice or requires itself,
            or a node can't be taken; the sentence names file, model and node.
    """
    documents = in_order([read_document(path) for path in paths], await _present(server), tolerant=tolerant)
    importer = Importer(server.iserver.aspace, tolerant=tolerant)
    for document in documents:
        indices = [0, *[await server.register_namespace(uri) for uri in document.uris]]
        count = importer.add(document, Numbering(indices, document.aliases, str(document.path)))
        await _describe(server, document)
        await add_locales(server.iserver.aspace, document.locales())
        _log.info("nodeset loaded", file=str(document.path), model=document.models[0].uri, nodes=count)
    return {uri: index for index, uri in enumerate(await server.get_namespace_array())}


async def _present(server: PlantServer) -> dict[str, Model]:
    """What the server has already: its namespaces, with the versions that their metadata tell."""
    found = {uri: Model(uri) for uri in await server.get_namespace_array()}
    for metadata in await server.get_node(_NAMESPACES).get_children():
        told = {name: await (await metadata.get_child(name)).read_value() for name in _TOLD}
        uri, version, published = (told[name] for name in _TOLD)
        found[uri] = Model(uri, version or "", published.replace(tzinfo=UTC))
    return found


async def _describe(server: PlantServer, document: NodeSetDocument) -> None:
    """NamespaceMetadata for what brings none of its own: other files ask for its version."""
    for model in document.models:
        await describe_namespace(
            server.iserver.isession,
            server.iserver.rules,
            model.uri,
            version=model.version,
            published=model.published,
        )
