"""The diagnostics object of each session, made when somebody looks at it.

A session's object has some sixty nodes. They are not kept for sessions that nobody asks about: the summary's
references name the objects, and a node is built when its NodeId is looked up for the first time.

Source: OPC UA Part 5, 6.3.5 (SessionDiagnosticsObjectType), 7.11 and 7.13 (its variables); Part 4, 5.6.2
(the SessionId is the object's NodeId).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.errors import good
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id
from opcua_ml.opcua.trust.information.session_diagnostics import security_diagnostics, session_diagnostics
from opcua_ml.opcua.trust.information.subscription_diagnostics import subscription_diagnostics

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes
    from opcua_ml.opcua.trust.sessions.registry import SessionRegistry
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_SUMMARY: Final = node_id(ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary)
_TYPE: Final = node_id(ObjectIds.SessionDiagnosticsObjectType)
_HAS_COMPONENT: Final = node_id(ObjectIds.HasComponent)
_HAS_TYPE: Final = node_id(ObjectIds.HasTypeDefinition)
_NAMESPACE: Final = 1
_PREFIX: Final = "SessionDiagnostics/"
_PARTS: Final = frozenset(
    {"SessionDiagnostics", "SessionSecurityDiagnostics", "SubscriptionDiagnosticsArray"}
)
_OTHER_NAMES: Final = {"Encoding": "EncodingName"}


class ShownServer(Protocol):
    """The server whose sessions are shown."""

    aspace: PlantAddressSpace
    sessions: SessionRegistry
    types: ValueTypes


class _Summary(NodeData):
    """The summary's node, whose references name the sessions of the moment."""

    def __init__(self, node: NodeData, server: ShownServer) -> None:
        self._server = server
        self._own: list[ua.ReferenceDescription] = []
        super().__init__(node.nodeid)
        self.attributes, self._own = node.attributes, node.references

    @property
    def references(self) -> list[ua.ReferenceDescription]:
        """The standard's, and one to each activated session."""
        sessions = [session for session in self._server.sessions if session.is_activated()]
        return [*self._own, *[_to_object(session) for session in sessions]]

    @references.setter
    def references(self, references: list[ua.ReferenceDescription]) -> None:
        """What the base's start and node management put there."""
        self._own = references


class SessionNodes:
    """Builds the nodes.

    Args:
        server: whose sessions they show.
    """

    def __init__(self, server: ShownServer) -> None:
        self._server = server
        self._built: dict[str, list[ua.NodeId]] = {}

    def publish(self) -> None:
        """Show every session from now on, to those who may see the summary."""
        aspace = self._server.aspace
        aspace[_SUMMARY] = _Summary(aspace[_SUMMARY], self._server)
        aspace.missing = self.find

    def find(self, wanted: ua.NodeId) -> NodeData | None:
        """The node of this id if it is one of a session that stands; it is kept until the session ends."""
        if wanted.NamespaceIndex != _NAMESPACE:
            return None
        place = wanted.Identifier
        if isinstance(place, uuid.UUID):
            key, path = str(place), []
        elif isinstance(place, str) and place.startswith(_PREFIX):
            key, *path = place.removeprefix(_PREFIX).split("/")
        else:
            return None
        session = self._session(key)
        declaration = None if session is None else self._declaration(path)
        if session is None or declaration is None:
            return None
        node = self._node(session, wanted, path, declaration)
        self._server.aspace[wanted] = node
        self._built.setdefault(key, []).append(wanted)
        return node

    def forget(self, session: PlantSession) -> None:
        """The session has ended, and its nodes with it."""
        for built in self._built.pop(str(session.session_id.Identifier), ()):
            del self._server.aspace[built]

    def _session(self, key: str) -> PlantSession | None:
        session = self._server.sessions.of_id(key)
        return session if session is not None and session.is_activated() else None

    def _declaration(self, path: list[str]) -> NodeData | None:
        """The node of the type of which the one at this path is an instance."""
        aspace = self._server.aspace
        found = aspace.get(_TYPE)
        if path and path[0] not in _PARTS:
            return None
        for name in path:
            found = None if found is None else aspace.get(_components(found).get(name, ua.NodeId()))
        return found

    def _node(self, session: PlantSession, at: ua.NodeId, path: list[str], declaration: NodeData) -> NodeData:
        node = NodeData(at)
        if path:
            _take_attributes(node, declaration)
            node.attributes[AttributeIds.Value].value_callback = self._value_of(session, path, declaration)
        else:
            _describe_object(node, session)
        summary = self._server.aspace[_SUMMARY].attributes.get(AttributeIds.RolePermissions)
        if summary is not None and summary.value is not None:
            node.attributes[AttributeIds.RolePermissions] = AttributeValue(summary.value)
        node.references = self._references(session, path, declaration)
        return node

    def _references(
        self, session: PlantSession, path: list[str], declaration: NodeData
    ) -> list[ua.ReferenceDescription]:
        found = [reference for reference in declaration.references if reference.ReferenceTypeId == _HAS_TYPE]
        if not path:
            found = [_reference(_TYPE, ua.QualifiedName("SessionDiagnosticsObjectType"), kind=_HAS_TYPE)]
        parent = _place(session, path[:-1]) if path else _SUMMARY
        name = ua.QualifiedName(path[-2] if len(path) > 1 else "SessionsDiagnosticsSummary")
        found.append(_reference(parent, name, forward=False))
        for child, declared in _components(declaration).items():
            if path or child in _PARTS:
                type_of = self._server.aspace[declared]
                found.append(_child(_place(session, [*path, child]), child, type_of))
        return found

    def _value_of(self, session: PlantSession, path: list[str], declaration: NodeData) -> Any:
        data_type = declaration.attributes[AttributeIds.DataType].value
        held: Any = data_type.Value.Value if data_type is not None and data_type.Value is not None else None
        (kind,) = self._server.types.allowed(held)

        def read(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
            now = datetime.now(UTC)
            value = _value(session, path)
            held = ua.Variant(value, kind, is_array=isinstance(value, list))
            return data_value(held, good(), source=now, server=now)

        return read


def _value(session: PlantSession, path: list[str]) -> Any:
    part, *rest = path
    if part == "SubscriptionDiagnosticsArray":
        return [subscription_diagnostics(held) for held in session.subscriptions]
    whole = session_diagnostics(session) if part == "SessionDiagnostics" else security_diagnostics(session)
    return getattr(whole, _OTHER_NAMES.get(rest[0], rest[0])) if rest else whole


def _place(session: PlantSession, path: list[str]) -> ua.NodeId:
    if not path:
        return session.session_id
    return node_id("/".join((_PREFIX + str(session.session_id.Identifier), *path)), _NAMESPACE)


def _components(node: NodeData) -> dict[str, ua.NodeId]:
    return {
        reference.BrowseName.Name or "": reference.NodeId
        for reference in node.references
        if reference.IsForward and reference.ReferenceTypeId == _HAS_COMPONENT
    }


def _take_attributes(node: NodeData, declaration: NodeData) -> None:
    """As the type declares them, each with watchers of its own."""
    for attribute, held in declaration.attributes.items():
        if held.value is not None:
            node.attributes[attribute] = AttributeValue(held.value)
    _set(node, AttributeIds.NodeId, node.nodeid, ua.VariantType.NodeId)
    level = ua.AccessLevel.CurrentRead.mask
    for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
        _set(node, attribute, level, ua.VariantType.Byte)
    node.attributes.setdefault(AttributeIds.Value, AttributeValue(ua.DataValue()))


def _describe_object(node: NodeData, session: PlantSession) -> None:
    text, name = ua.VariantType.LocalizedText, session.name or "session"
    _set(node, AttributeIds.NodeId, node.nodeid, ua.VariantType.NodeId)
    _set(node, AttributeIds.NodeClass, ua.NodeClass.Object, ua.VariantType.Int32)
    _set(node, AttributeIds.BrowseName, _browse_name(session), ua.VariantType.QualifiedName)
    _set(node, AttributeIds.DisplayName, ua.LocalizedText(name), text)
    _set(node, AttributeIds.Description, ua.LocalizedText("What the server knows of this session."), text)
    _set(node, AttributeIds.EventNotifier, 0, ua.VariantType.Byte)
    for attribute in (AttributeIds.WriteMask, AttributeIds.UserWriteMask):
        _set(node, attribute, 0, ua.VariantType.UInt32)


def _set(node: NodeData, attribute: AttributeIds, value: Any, kind: ua.VariantType) -> None:
    node.attributes[attribute] = AttributeValue(ua.DataValue(ua.Variant(value, kind)))


def _browse_name(session: PlantSession) -> ua.QualifiedName:
    return ua.QualifiedName(session.name or "session", ua.UInt16(_NAMESPACE))


def _to_object(session: PlantSession) -> ua.ReferenceDescription:
    found = _reference(session.session_id, _browse_name(session))
    found.TypeDefinition = _TYPE
    return found


def _child(at: ua.NodeId, name: str, declaration: NodeData) -> ua.ReferenceDescription:
    found = _reference(at, ua.QualifiedName(name))
    found.NodeClass = ua.NodeClass.Variable
    for reference in declaration.references:
        if reference.ReferenceTypeId == _HAS_TYPE and reference.IsForward:
            found.TypeDefinition = reference.NodeId
    return found


def _reference(
    to: ua.NodeId, name: ua.QualifiedName, *, kind: ua.NodeId = _HAS_COMPONENT, forward: bool = True
) -> ua.ReferenceDescription:
    return ua.ReferenceDescription(
        ReferenceTypeId=kind,
        IsForward=forward,
        NodeId=to,
        BrowseName=name,
        DisplayName=ua.LocalizedText(name.Name),
        NodeClass=ua.NodeClass.Object if kind == _HAS_COMPONENT else ua.NodeClass.ObjectType,
    )
