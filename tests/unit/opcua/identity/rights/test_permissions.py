"""Who may do what: properties of the rule, and the whole table against one written by hand."""

from __future__ import annotations

import itertools

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.rights.permissions import (
    DEFAULT_PERMISSIONS,
    NodeKind,
    Operation,
    Permission,
    is_allowed,
    permissions,
)
from opcua_ml.opcua.identity.rights.role_nodes import node_permissions, role_nodes
from opcua_ml.opcua.identity.rights.roles import GRANTABLE, Role, session_roles

ROLES = st.sets(st.sampled_from(list(Role)))
KINDS = st.sampled_from(list(NodeKind))
BITS = st.integers(0, (1 << 17) - 1).map(Permission)

# The oracle: for each kind and operation, the first letters of the roles that may, written down from the
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


def oracle_allows(roles: tuple[Role, ...], kind: str, operation: str) -> bool:
    """The same question, put to the table above."""
    letters = ORACLE[kind].get(operation, "")
    return any(LETTERS[letter] in roles for letter in letters)


@pytest.mark.parametrize("kind", list(NodeKind))
def test_the_table_of_permissions_is_the_one_written_by_hand(kind: NodeKind) -> None:
    """Every pair of roles and every operation: 629 questions per kind, no mismatch."""
    sets = [pair for size in (0, 1, 2) for pair in itertools.combinations(Role, size)]
    mismatches = [
        (roles, operation)
        for roles in sets
        for operation in Operation
        if is_allowed(roles, kind, operation) != oracle_allows(roles, kind.name, operation.name)
    ]
    assert mismatches == []
    assert len(sets) * len(Operation) == 629


@given(ROLES, ROLES, KINDS)
def test_more_roles_never_take_anything_away(some: set[Role], more: set[Role], kind: NodeKind) -> None:
    """Roles are joined by or, as Part 3, 4.9.3 says."""
    joined = permissions(some | more, kind)
    assert joined == permissions(some, kind) | permissions(more, kind)


@given(KINDS, st.dictionaries(st.sampled_from(list(Role)), BITS))
def test_who_has_no_role_may_do_nothing(kind: NodeKind, own: dict[Role, Permission]) -> None:
    """No role, no permission, whatever the node grants to others."""
    assert permissions((), kind) is Permission.NONE
    assert permissions((), kind, own) is Permission.NONE


@given(ROLES, KINDS, st.dictionaries(st.sampled_from(list(Role)), BITS))
def test_a_nodes_own_permissions_replace_those_of_its_kind(
    roles: set[Role], kind: NodeKind, own: dict[Role, Permission]
) -> None:
    """They are neither added to the kind's nor cut by it."""
    granted = permissions(roles, kind, own)
    for bit in Permission:
        assert bool(granted & bit) == any(own.get(role, 0) & bit for role in roles)


@given(ROLES, KINDS)
def test_an_empty_list_on_a_node_grants_nothing_to_anybody(roles: set[Role], kind: NodeKind) -> None:
    """Empty is not the same as absent: missing configuration denies."""
    assert permissions(roles, kind, {}) is Permission.NONE


@pytest.mark.parametrize("kind", list(NodeKind))
@pytest.mark.parametrize("role", list(Role))
def test_rights_of_single_kinds_are_added_to_those_of_looking(kind: NodeKind, role: Role) -> None:
    """Whoever may call or write something may look at it too."""
    granted = permissions([role], kind)
    if granted & (Permission.CALL | Permission.WRITE):
        assert Permission.BROWSE | Permission.READ in granted


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
