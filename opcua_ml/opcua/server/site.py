"""The site's namespace and the one entry point to all models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml import bundled
from opcua_ml.opcua.server.blueprint import Blueprint
from opcua_ml.opcua.server.names import TYPES_URI, Names
from opcua_ml.opcua.server.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.server.standard import FOLDER_TYPE, OBJECTS_FOLDER, ORGANIZES

if TYPE_CHECKING:
    from asyncua.server.server import Server


async def prepare_namespaces(server: Server, site_uri: str) -> Names:
    """Load our types, then register the site's namespace: always so, as some clients bind to indices.

    Raises:
        PackageError: the shipped NodeSet2 file is missing.
    """
    await server.import_xml(str(bundled.node_set()))
    types_index = await server.get_namespace_index(TYPES_URI)
    names = Names(types_index, await server.register_namespace(site_uri))
    pattern = server.get_node(names.type("NamespaceMetadata_StaticStringNodeIdPattern"))
    # asyncua's importer reads an empty text as null.
    await pattern.write_value(ua.Variant("", ua.VariantType.String))
    return names


def site_nodes(names: Names) -> list[Blueprint]:
    """The entry point and its folders."""
    path = MACHINE_LEARNING
    return [
        Blueprint(
            path,
            OBJECTS_FOLDER,
            names.own("MachineLearning"),
            "Machine-learning models served here, and the PLCs that feed them.",
            names.type("MachineLearningType"),
            ORGANIZES,
        ),
        Blueprint(f"{path}.Models", path, names.own("Models"), "The models.", FOLDER_TYPE),
        Blueprint(f"{path}.Sources", path, names.own("Sources"), "The PLCs that feed them.", FOLDER_TYPE),
    ]
