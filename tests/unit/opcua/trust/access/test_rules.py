"""Whoever is not granted something does not have it."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.access.identity import INTERNAL, Caller, Identity, Role
from opcua_ml.opcua.trust.access.rules import ALL, BROWSE, CALL, NONE, READ, WRITE, RoleAccess
from opcua_ml.opcua.trust.ground.ua_values import node_id

MODES = ua.MessageSecurityMode


def caller(*roles: ua.NodeId, mode: ua.MessageSecurityMode = MODES.None_) -> Caller:
    """An anonymous caller with roles."""
    return Caller(Identity(roles=frozenset(roles)), mode)


def node(namespace: int = 2, permissions: Any = None, restrictions: Any = None) -> NodeData:
    """A node that grants and restricts as given."""
    made = NodeData(node_id("n", namespace))
    if permissions is not None:
        value = ua.DataValue(ua.Variant(permissions, ua.VariantType.ExtensionObject, is_array=True))
        made.attributes[AttributeIds.RolePermissions] = AttributeValue(value)
    if restrictions is not None:
        made.attributes[AttributeIds.AccessRestrictions] = AttributeValue(ua.DataValue(restrictions))
    return made


def grant(role: ua.NodeId, permissions: int) -> ua.RolePermissionType:
    """One entry of RolePermissions."""
    return ua.RolePermissionType(RoleId=role, Permissions=ua.PermissionType(permissions))


def test_permissions_of_all_roles_add_up() -> None:
    """A user with two roles may do what either may."""
    rules = RoleAccess()
    guarded = node(
        permissions=[grant(Role.OBSERVER, READ), grant(Role.OPERATOR, WRITE), grant(Role.OBSERVER, BROWSE)]
    )
    assert rules.permissions(caller(Role.OBSERVER), guarded) == READ | BROWSE
    assert rules.permissions(caller(Role.OBSERVER, Role.OPERATOR), guarded) == READ | BROWSE | WRITE
    assert rules.permissions(caller(), guarded) == NONE
    assert rules.permissions(INTERNAL, guarded) == ALL


def test_a_namespace_grants_to_nodes_that_say_nothing() -> None:
    """Others to theirs."""
    rules = RoleAccess(namespaces={3: {Role.OBSERVER: CALL}})
    assert rules.permissions(caller(Role.OBSERVER), node(3)) == CALL
    assert rules.permissions(caller(Role.OBSERVER), node(2)) & READ
    assert rules.permissions(caller(Role.OPERATOR), node(3)) == NONE


@given(st.none() | st.text() | st.integers() | st.lists(st.integers() | st.text(), min_size=1))
def test_permissions_that_make_no_sense_grant_nothing(broken: Any) -> None:
    """Whatever stands in the attribute."""
    guarded = node(permissions=[])
    variant = (
        ua.Variant(None) if broken is None else ua.Variant(broken) if not isinstance(broken, list) else None
    )
    value = ua.DataValue(variant)
    if isinstance(broken, list) and value.Value is not None:
        value.Value.Value = broken
    guarded.attributes[AttributeIds.RolePermissions].value = value
    assert RoleAccess().permissions(caller(Role.CONFIGURE_ADMIN, Role.OPERATOR), guarded) == NONE


@pytest.mark.parametrize(
    ("restriction", "allowed"),
    [
        (0, {MODES.None_, MODES.Sign, MODES.SignAndEncrypt}),
        (1, {MODES.Sign, MODES.SignAndEncrypt}),
        (2, {MODES.SignAndEncrypt}),
        (3, {MODES.SignAndEncrypt}),
    ],
)
def test_restrictions_ask_for_a_channel(restriction: int, allowed: set[ua.MessageSecurityMode]) -> None:
    """Part 3, 8.56: signing, encryption."""
    guarded = node(restrictions=ua.Variant(restriction, ua.VariantType.UInt16))
    for mode in (MODES.None_, MODES.Sign, MODES.SignAndEncrypt):
        granted = RoleAccess().permissions(caller(Role.OPERATOR, mode=mode), guarded)
        assert bool(granted) is (mode in allowed)


def test_a_restriction_that_makes_no_sense_denies() -> None:
    """A text in the place of the bits."""
    guarded = node(restrictions=ua.Variant("none"))
    assert RoleAccess().permissions(caller(Role.OPERATOR, mode=MODES.SignAndEncrypt), guarded) == NONE


def test_subscriptions_pass_to_the_same_user_alone() -> None:
    """By name and kind of token; anonymous clients by certificate, else by address and application."""
    user, certificate = ua.UserTokenType.UserName, ua.UserTokenType.Certificate
    ann = Caller(Identity("ann", kind=user), address="10.0.0.1")
    assert ann.may_pass_to(Caller(Identity("ann", kind=user), address="10.0.0.2"))
    assert not ann.may_pass_to(Caller(Identity("bob", kind=user), address="10.0.0.1"))
    assert not ann.may_pass_to(Caller(Identity("ann", kind=certificate), address="10.0.0.1"))
    assert not ann.may_pass_to(Caller(Identity("ann", kind=user), MODES.Sign, address="10.0.0.1"))
    nobody = Caller(Identity(), address="10.0.0.1", application_uri="urn:a")
    assert nobody.may_pass_to(Caller(Identity(), address="10.0.0.1", application_uri="urn:a"))
    assert not nobody.may_pass_to(Caller(Identity(), address="10.0.0.2", application_uri="urn:a"))
    assert not nobody.may_pass_to(Caller(Identity(), address="10.0.0.1", application_uri="urn:b"))
    known = Caller(Identity(), address="10.0.0.1", certificate=b"one")
    assert known.may_pass_to(Caller(Identity(), address="10.0.0.2", certificate=b"one"))
    assert not known.may_pass_to(Caller(Identity(), address="10.0.0.1", certificate=b"two"))
    assert not known.may_pass_to(nobody)
