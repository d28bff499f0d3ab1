"""Who may do what: what the server's rules answer, against a table written by hand."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.rights.permissions import DEFAULT_PERMISSIONS, NodeKind, Permission
from opcua_ml.opcua.identity.rights.role_nodes import node_permissions, role_nodes
from opcua_ml.opcua.identity.rights.roles import GRANTABLE, Role, session_roles
from opcua_ml.opcua.identity.rights.site_access import SiteAccess
from opcua_ml.opcua.trust.access.identity import Caller, Identity
from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLES = st.sets(st.sampled_from(list(Role)))
KINDS = st.sampled_from(list(NodeKind))
BITS = st.integers(0, (1 << 17) - 1).map(Permission)

# The oracle: for each kind and permission, the first letters of the roles that may, written down from the
# standard's table of well-known Roles and from what the documentation promises, not from the code.
#   a Anonymous, u AuthenticatedUser, o Observer, p oPerator, e Engineer, s Supervisor, c ConfigureAdmin,
#   x SecurityAdmin
LETTERS = {
    "a": Role.ANONYMOUS,
    "u": Role.AUTHENTICATED_USER,
    "o": Role.OBSERVER,
    "p": Role.OPERATOR,
    "e": Role.ENGINEER,
    "s": Role.SUPERVISOR,
    "c": Role.CONFIGURE_ADMIN,
    "x": Role.SECURITY_ADMIN,
}
ORACLE = {
    "STANDARD": {
        "BROWSE": "auopescx",
        "READ": "auopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "SUBSCRIBER": {
        "BROWSE": "auopescx",
        "READ": "auopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "CALL": "opescx",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "MODEL": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "METHODS_OWNER": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "CALL": "uopescx",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "INPUT": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "WRITE": "pe",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "PREDICTION": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "CALL": "pes",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "OPERATION": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "CALL": "pes",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "LIFECYCLE": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "CALL": "e",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "CONFIGURATION": {
        "BROWSE": "uopescx",
        "READ": "uopescx",
        "READ_HISTORY": "opesc",
        "RECEIVE_EVENTS": "opescx",
        "WRITE": "ec",
        "CALL": "ec",
        "WRITE_ATTRIBUTE": "c",
        "WRITE_HISTORIZING": "c",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "AUDIT": {
        "BROWSE": "auopescx",
        "READ": "auopescx",
        "READ_HISTORY": "x",
        "RECEIVE_EVENTS": "x",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
    "SECURITY": {
        "BROWSE": "x",
        "READ": "x",
        "READ_HISTORY": "x",
        "RECEIVE_EVENTS": "x",
        "WRITE": "x",
        "CALL": "x",
        "WRITE_ATTRIBUTE": "x",
        "WRITE_HISTORIZING": "x",
        "READ_ROLE_PERMISSIONS": "x",
        "WRITE_ROLE_PERMISSIONS": "x",
    },
}


PERMISSIONS = [bit for bit in Permission if bit]
FOLDER = ua.NodeId.from_string("ns=1;s=pump.Inputs")


def held(value: object, kind: ua.VariantType) -> AttributeValue:
    """An attribute with a value."""
    return AttributeValue(ua.DataValue(ua.Variant(value, kind, is_array=isinstance(value, list))))


def node(
    name: str, node_class: ua.NodeClass, *, namespace: int = 1, inside: ua.NodeId | None = None
) -> NodeData:
    """A node as far as rights look at it."""
    made = NodeData(node_id(name, namespace))
    made.attributes[AttributeIds.NodeClass] = held(node_class, ua.VariantType.Int32)
    browse_name = ua.QualifiedName(name, ua.UInt16(namespace))
    made.attributes[AttributeIds.BrowseName] = held(browse_name, ua.VariantType.QualifiedName)
    if inside is not None:
        made.references.append(ua.ReferenceDescription(IsForward=False, NodeId=inside))
    return made


def granting(own: Mapping[Role, Permission]) -> NodeData:
    """A node with RolePermissions of its own."""
    made = node("speed", ua.NodeClass.Variable)
    entries = [
        ua.RolePermissionType(RoleId=one, Permissions=ua.PermissionType(int(bits)))
        for role, bits in own.items()
        for one in role_nodes({role})
    ]
    made.attributes[AttributeIds.RolePermissions] = held(entries, ua.VariantType.ExtensionObject)
    return made


BY_WHAT_IT_IS = {
    NodeKind.STANDARD: node("ServerStatus", ua.NodeClass.Variable, namespace=0),
    NodeKind.SUBSCRIBER: node("GetMonitoredItems", ua.NodeClass.Method, namespace=0),
    NodeKind.MODEL: node("speed", ua.NodeClass.Variable),
    NodeKind.METHODS_OWNER: node("pump", ua.NodeClass.Object),
    NodeKind.INPUT: node("flow", ua.NodeClass.Variable, inside=FOLDER),
    NodeKind.PREDICTION: node("Predict", ua.NodeClass.Method),
    NodeKind.OPERATION: node("Pause", ua.NodeClass.Method),
    NodeKind.LIFECYCLE: node("Promote", ua.NodeClass.Method),
}
"""Nodes of the kinds that need no RolePermissions of their own."""
NODES = [
    *((kind, made) for kind, made in BY_WHAT_IT_IS.items()),
    *((kind, granting(DEFAULT_PERMISSIONS[kind])) for kind in NodeKind),
]


@pytest.fixture(scope="module")
def rules() -> SiteAccess:
    """The rules that the server's services ask, with the folder of inputs in their address space."""
    made = SiteAccess()
    folder = node("Inputs", ua.NodeClass.Object)
    made.look_up({FOLDER: folder}.get)
    return made


def granted(rules: SiteAccess, roles: Iterable[Role], made: NodeData) -> Permission:
    """What the rules answer for a session with these Roles."""
    return Permission(rules.permissions(Caller(Identity(roles=role_nodes(roles))), made))


def oracle_allows(roles: tuple[Role, ...], kind: NodeKind, wanted: Permission) -> bool:
    """The same question, put to the table above."""
    letters = ORACLE[kind.name].get(str(wanted.name), "")
    return any(LETTERS[letter] in roles for letter in letters)


@pytest.mark.parametrize(
    ("kind", "made"),
    NODES,
    ids=lambda value: value.name if isinstance(value, NodeKind) else str(value.nodeid.Identifier),
)
def test_the_rules_answer_as_the_table_written_by_hand(
    rules: SiteAccess, kind: NodeKind, made: NodeData
) -> None:
    """Every pair of Roles, every permission, nodes by what they are and by RolePermissions: no mismatch."""
    sets = [pair for size in (0, 1, 2) for pair in itertools.combinations(Role, size)]
    mismatches = [
        (roles, wanted)
        for roles in sets
        for wanted in PERMISSIONS
        if (wanted in granted(rules, roles, made)) != oracle_allows(roles, kind, wanted)
    ]
    assert mismatches == []
    assert len(sets) * len(PERMISSIONS) == 629


@given(ROLES, ROLES, st.sampled_from(NODES))
def test_more_roles_never_take_anything_away(
    rules: SiteAccess, some: set[Role], more: set[Role], of: tuple[NodeKind, NodeData]
) -> None:
    """Roles are joined by or, as Part 3, 4.9.3 says."""
    joined = granted(rules, some | more, of[1])
    assert joined == granted(rules, some, of[1]) | granted(rules, more, of[1])


@given(st.dictionaries(st.sampled_from(list(Role)), BITS))
def test_who_has_no_role_may_do_nothing(rules: SiteAccess, own: dict[Role, Permission]) -> None:
    """No role, no permission, whatever the node grants to others."""
    assert granted(rules, (), granting(own)) is Permission.NONE
    for made in BY_WHAT_IT_IS.values():
        assert granted(rules, (), made) is Permission.NONE


@given(ROLES, st.sampled_from(list(BY_WHAT_IT_IS)), st.dictionaries(st.sampled_from(list(Role)), BITS))
def test_a_nodes_own_permissions_replace_those_of_its_kind(
    rules: SiteAccess, roles: set[Role], kind: NodeKind, own: dict[Role, Permission]
) -> None:
    """They are neither added to the kind's nor cut by it; none at all grant nothing to anybody."""
    made = NodeData(BY_WHAT_IT_IS[kind].nodeid)
    made.attributes.update(BY_WHAT_IT_IS[kind].attributes)
    made.references += BY_WHAT_IT_IS[kind].references
    made.attributes[AttributeIds.RolePermissions] = granting(own).attributes[AttributeIds.RolePermissions]
    for bit in PERMISSIONS:
        assert bool(granted(rules, roles, made) & bit) == any(own.get(role, 0) & bit for role in roles)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("kind", "made"), NODES, ids=lambda value: getattr(value, "name", None))
def test_whoever_may_call_or_write_may_look(
    rules: SiteAccess, kind: NodeKind, made: NodeData, role: Role
) -> None:
    """Rights of single kinds are added to those of looking."""
    bits = granted(rules, [role], made)
    if bits & (Permission.CALL | Permission.WRITE):
        assert Permission.BROWSE | Permission.READ in bits, kind


def test_every_kind_of_node_has_a_row() -> None:
    """A kind without one would be open or closed by accident."""
    assert set(DEFAULT_PERMISSIONS) == set(NodeKind)


@pytest.mark.parametrize("granted", sorted(GRANTABLE))
@pytest.mark.parametrize("authenticated", [True, False])
def test_every_session_is_anonymous_and_a_users_session_authenticated(
    granted: Role, authenticated: bool
) -> None:
    """Part 3, 4.9.1: both Roles come by themselves and need no grant."""
    roles = session_roles({granted}, authenticated=authenticated)
    assert {Role.ANONYMOUS, granted} <= roles
    assert (Role.AUTHENTICATED_USER in roles) == authenticated


def test_numbers_are_the_standards() -> None:
    """Permission bits and the NodeIds of Roles, as the standard's own tables have them."""
    spelt = {bit.name.lower(): int(bit) for bit in ua.PermissionType if bit.name}
    ours = {bit.name.replace("_", "").lower(): int(bit) for bit in Permission if bit.name and bit}
    assert ours == spelt
    for role in Role:
        assert role_nodes({role}) == {ua.NodeId(getattr(ObjectIds, f"WellKnownRole_{role.value}"))}


@pytest.mark.parametrize("kind", list(NodeKind))
def test_what_clients_read_as_role_permissions_is_the_table(kind: NodeKind) -> None:
    """The attribute on the node says what is enforced."""
    assert node_permissions(kind) == {
        node: int(bits) for role, bits in DEFAULT_PERMISSIONS[kind].items() for node in role_nodes({role})
    }
