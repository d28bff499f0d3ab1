"""The site's namespace and the one entry point to all models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml import bundled
from opcua_ml.opcua.server.own_texts import tell_texts
from opcua_ml.opcua.space.blueprint import Blueprint
from opcua_ml.opcua.space.names import TYPES_URI, Names
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.space.standard import FOLDER_TYPE, OBJECTS_FOLDER, ORGANIZES, STRING

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
    _restore_empty(server, types_index)
    tell_texts(server.iserver.aspace, types_index)
    return names


def _restore_empty(server: Server, index: int) -> None:
    """Give declarations the empty values that asyncua's importer reads as null: texts, arrays, structures."""
    aspace: Any = server.iserver.aspace
    for place in aspace.keys():  # noqa: SIM118 - asyncua's own type, no mapping
        attributes = aspace[place].attributes
        held = attributes.get(AttributeIds.Value)
        if place.NamespaceIndex != index or held is None or held.value.Value.Value is not None:
            continue
        kind = attributes[AttributeIds.DataType].value.Value.Value
        if (structure := ua.extension_objects_by_datatype.get(kind)) is not None:
            held.value = ua.DataValue(ua.Variant(structure(), ua.VariantType.ExtensionObject))
        if kind == STRING:
            array = attributes[AttributeIds.ValueRank].value.Value.Value == ua.ValueRank.OneDimension
            empty = ua.Variant([] if array else "", ua.VariantType.String, None, array)
            held.value = ua.DataValue(empty)


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
