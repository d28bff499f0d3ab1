"""NamespaceMetadata for every namespace of the server.

Source: OPC UA Part 5, 6.3.13 (NamespaceMetadataType), 8.3.4 (Server.Namespaces).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.node import Node
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.texts import text
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.information.values import set_value

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_Ids = ObjectIds
_Type = ua.VariantType
_NAMESPACES: Final = node_id(_Ids.Server_Namespaces)
_BASE: Final = "OPCUANamespaceMetadata_"
_BASE_VALUES: Final = {
    "StaticStringNodeIdPattern": ("", _Type.String),
    "DefaultAccessRestrictions": (0, _Type.UInt16),
    "DefaultUserRolePermissions": ([], _Type.ExtensionObject),
}
_WORDS: Final = {
    "NamespaceUri": "The URI of the namespace.",
    "NamespaceVersion": "The version of the namespace; empty where none is known.",
    "NamespacePublicationDate": "When the namespace was published, or else registered here.",
    "IsNamespaceSubset": "Whether nodes of the namespace are missing here.",
    "StaticNodeIdTypes": "Kinds of NodeIds that are the same on all servers.",
    "StaticNumericNodeIdRange": "Numeric NodeIds that are the same on all servers.",
    "StaticStringNodeIdPattern": "String NodeIds that are the same on all servers, as a pattern.",
    "DefaultRolePermissions": "What each role may do where a node does not say it itself.",
    "DefaultAccessRestrictions": "Restrictions that hold where a node does not say it itself.",
}


async def describe_namespace(
    session: PlantSession, rules: AccessRules, uri: str, *, version: str, published: datetime
) -> None:
    """Add the metadata of one namespace, where it has none."""
    uris: list[str] = await Node(session, node_id(_Ids.Server_NamespaceArray)).read_value()
    if uri not in await _described(session):
        index = uris.index(uri)
        await _describe(
            session, index, uri, role_permissions(rules, index), version=version, published=published
        )


async def describe_namespaces(session: PlantSession, rules: AccessRules) -> None:
    """Add the metadata of namespaces that have none, such as those registered by hand."""
    aspace = session.iserver.aspace
    for name, (value, kind) in _BASE_VALUES.items():
        set_value(aspace, getattr(_Ids, _BASE + name), value, kind)
    set_value(
        aspace,
        getattr(_Ids, f"{_BASE}DefaultRolePermissions"),
        role_permissions(rules, 0),
        _Type.ExtensionObject,
    )
    uris: list[str] = await Node(session, node_id(_Ids.Server_NamespaceArray)).read_value()
    known = await _described(session)
    for index, uri in enumerate(uris):
        if index and uri in known:
            await _say_permissions(session, uri, role_permissions(rules, index))
        elif index:
            await _describe(session, index, uri, role_permissions(rules, index))


async def _say_permissions(session: PlantSession, uri: str, permissions: list[Any]) -> None:
    """Say in the metadata that a file brought what holds here."""
    held = {"DefaultRolePermissions": permissions, "DefaultUserRolePermissions": []}
    for child in await Node(session, _NAMESPACES).get_children():
        if (await child.read_browse_name()).Name != uri:
            continue
        for place in await child.get_properties():
            name = (await place.read_browse_name()).Name
            if name in held:
                value = ua.Variant(held[name], _Type.ExtensionObject, None, True)
                session.iserver.aspace[place.nodeid].attributes[AttributeIds.Value].value = ua.DataValue(
                    value
                )


async def _described(session: PlantSession) -> set[str | None]:
    children = await Node(session, _NAMESPACES).get_children()
    return {(await child.read_browse_name()).Name for child in children}


def role_permissions(rules: AccessRules, index: int) -> list[ua.RolePermissionType]:
    """The namespace's default permissions as the standard's structure."""
    return [
        ua.RolePermissionType(RoleId=role, Permissions=ua.PermissionType(granted))
        for role, granted in rules.namespace_defaults(index).items()
    ]


async def _describe(
    session: PlantSession,
    index: int,
    uri: str,
    permissions: list[Any],
    *,
    version: str = "",
    published: datetime | None = None,
) -> None:
    place = f"Namespaces/{uri}"
    at = node_id(place, 1)
    metadata = ua.AddNodesItem(
        ParentNodeId=_NAMESPACES,
        ReferenceTypeId=node_id(_Ids.HasComponent),
        RequestedNewNodeId=at,
        BrowseName=ua.QualifiedName(uri, index),
        NodeClass=ua.NodeClass.Object,
        TypeDefinition=node_id(_Ids.NamespaceMetadataType),
        NodeAttributes=ua.ObjectAttributes(
            DisplayName=ua.LocalizedText(uri),
            Description=text("What is known of this namespace."),
        ),
    )
    properties = [
        _property(place, name, ua.Variant(value, kind, is_array=isinstance(value, list)), data_type)
        for name, value, kind, data_type in (
            ("NamespaceUri", uri, _Type.String, _Ids.String),
            ("NamespaceVersion", version, _Type.String, _Ids.String),
            ("NamespacePublicationDate", published or datetime.now(UTC), _Type.DateTime, _Ids.DateTime),
            ("IsNamespaceSubset", False, _Type.Boolean, _Ids.Boolean),
            ("StaticNodeIdTypes", [], _Type.Int32, _Ids.IdType),
            ("StaticNumericNodeIdRange", [], _Type.String, _Ids.NumericRange),
            ("StaticStringNodeIdPattern", "", _Type.String, _Ids.String),
            ("DefaultRolePermissions", permissions, _Type.ExtensionObject, _Ids.RolePermissionType),
            ("DefaultAccessRestrictions", 0, _Type.UInt16, _Ids.AccessRestrictionType),
        )
    ]
    for result in await session.add_nodes([metadata, *properties]):
        result.StatusCode.check()


def _property(parent: str, name: str, value: ua.Variant, data_type: int) -> ua.AddNodesItem:
    attributes = ua.VariableAttributes(
        DisplayName=text(name),
        Description=text(_WORDS[name]),
        DataType=node_id(data_type),
    )
    attributes.Value = value
    attributes.ValueRank = ua.ValueRank.OneDimension if value.is_array else ua.ValueRank.Scalar
    attributes.ArrayDimensions = [ua.UInt32(0)] if value.is_array else []
    return ua.AddNodesItem(
        ParentNodeId=node_id(parent, 1),
        ReferenceTypeId=node_id(_Ids.HasProperty),
        RequestedNewNodeId=node_id(f"{parent}/{name}", 1),
        BrowseName=ua.QualifiedName(name, 0),
        NodeClass=ua.NodeClass.Variable,
        TypeDefinition=node_id(_Ids.PropertyType),
        NodeAttributes=attributes,
    )
