"""What every role may do with every kind of node, in every state of a session, written from the standard.

Source: OPC UA Part 3, 5.6.2 (AccessLevel), 5.7 (Executable), 8.55 (PermissionType); Part 4, 5.6, 5.9, 5.11 to
5.13; Part 11, 6.4.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

ROLES = {
    "Anonymous": 15644,
    "AuthenticatedUser": 15656,
    "Observer": 15668,
    "Operator": 15680,
    "Supervisor": 15692,
    "SecurityAdmin": 15704,
    "ConfigureAdmin": 15716,
    "Engineer": 16036,
}
DEFAULTS = {
    "Observer": "Browse Read ReadHistory ReceiveEvents",
    "Operator": "Browse Read ReadHistory ReceiveEvents Write Call",
    "Engineer": "Browse Read ReadHistory ReceiveEvents Write Call WriteAttribute",
    "Supervisor": "Browse Read ReadHistory ReceiveEvents Call",
    "ConfigureAdmin": "Browse Read ReadHistory ReceiveEvents WriteAttribute",
    "SecurityAdmin": "Browse Read ReadRolePermissions WriteRolePermissions",
}
"""What a node that says nothing grants to each role, as far as the services of this matrix ask."""
HEAR_OF_BASE_EVENTS = set(ROLES) - {"Anonymous", "AuthenticatedUser"}
"""Roles with ReceiveEvents on BaseEventType, of which the events of this matrix are."""
GROUPS = [(), *((role,) for role in ROLES), ("Observer", "Engineer"), ("Supervisor", "SecurityAdmin")]
STATES = ["no session", "created", "activated", "closed"]


@dataclass(frozen=True)
class Kind:
    """A kind of node.

    Attributes:
        grants: RolePermissions of the node; None leaves them to the server's defaults.
        level, user_level: the bits of AccessLevel and UserAccessLevel: 1 reads, 2 writes, 4 reads history, 64
            writes the timestamp; of objects that notify, 4 is HistoryRead of EventNotifier.
        executable, user_executable: of methods.
    """

    grants: dict[str, str] | None = None
    level: int = 3
    user_level: int = 3
    executable: bool = True
    user_executable: bool = True


VARIABLES = {
    "plain": Kind(),
    "constant": Kind(level=1),
    "hidden": Kind(level=0),
    "write only": Kind(level=2),
    "user read only": Kind(user_level=1),
    "user hidden": Kind(user_level=0),
    "historized": Kind(level=7, user_level=7),
    "user not historized": Kind(level=7, user_level=3),
    "history for engineers": Kind({"Engineer": "ReadHistory", "Operator": "Browse Read"}, 7, 7),
    "samples": Kind(level=0x43, user_level=0x43),
    "user without time": Kind(level=0x43, user_level=3),
    "for engineers": Kind({"Engineer": "Browse Read Write"}),
    "to look at": Kind(dict.fromkeys(ROLES, "Browse")),
    "to read unseen": Kind(dict.fromkeys(ROLES, "Read")),
    "for nobody": Kind({}),
    "for anonymous": Kind({"Anonymous": "Browse Read"}),
}
METHODS = {
    "plain method": Kind(),
    "locked": Kind(executable=False),
    "locked and for nobody": Kind(dict.fromkeys(ROLES, "Browse"), executable=False),
    "user locked": Kind(user_executable=False),
    "for supervisors": Kind({"Supervisor": "Browse Call"}),
    "not to call": Kind(dict.fromkeys(ROLES, "Browse Read Write")),
    "call for nobody": Kind({}),
}
NOTIFIERS = {
    "notifier": Kind(level=4),
    "without history": Kind(level=0),
    "events for engineers": Kind({"Engineer": "Browse ReceiveEvents"}, level=4),
    "events seen before": Kind(dict.fromkeys(ROLES, "Browse ReadHistory"), level=4),
    "events for nobody": Kind({}, level=4),
}
OF_ALL = ["read name", "read rights", "browse"]
OF_VARIABLES = [*OF_ALL, "read value", "monitor", "write", "write sample", "read history"]
OF_METHODS = [*OF_ALL, "call"]
OF_NOTIFIERS = [*OF_ALL, "read history of events", "hear of events"]


def permitted(kind: Kind, roles: tuple[str, ...]) -> set[str]:
    """All permissions of these roles together."""
    table = DEFAULTS if kind.grants is None else kind.grants
    return set(itertools.chain.from_iterable(table.get(role, "").split() for role in roles))


def expected(service: str, kind: Kind, roles: tuple[str, ...], state: str) -> str:
    """The name of the StatusCode that the standard asks for."""
    if state == "created":
        return "BadSessionNotActivated"
    if state != "activated":
        return "BadSessionIdInvalid"
    if service == "hear of events" and not HEAR_OF_BASE_EVENTS.intersection(roles):
        return "BadUserAccessDenied"
    return ORACLE[service](kind, permitted(kind, roles), permitted(Kind(), roles))


def denied_unless(allowed: object) -> str:
    """Good or BadUserAccessDenied."""
    return "Good" if allowed else "BadUserAccessDenied"


def expected_of_reading(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """A Value needs both access levels and Read."""
    return denied_unless(kind.user_level & 1 and "Read" in allowed) if kind.level & 1 else "BadNotReadable"


def expected_of_writing(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """A Value needs both access levels and Write."""
    return denied_unless(kind.user_level & 2 and "Write" in allowed) if kind.level & 2 else "BadNotWritable"


def expected_of_samples(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """A value with its time needs TimestampWrite of both access levels, too."""
    simple = expected_of_writing(kind, allowed, _owner)
    if simple != "Good":
        return simple
    return denied_unless(kind.user_level & 64) if kind.level & 64 else "BadWriteNotSupported"


def expected_of_history(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """HistoryRead of both access levels, and ReadHistory."""
    if not kind.level & 4:
        return "BadHistoryOperationUnsupported"
    return denied_unless(kind.user_level & 4 and "ReadHistory" in allowed)


def expected_of_past_events(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """HistoryRead of EventNotifier, and ReadHistory."""
    return denied_unless("ReadHistory" in allowed) if kind.level & 4 else "BadHistoryOperationUnsupported"


def expected_of_events(_kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """ReceiveEvents on the source; that on the type is the matrix's own column."""
    return denied_unless("ReceiveEvents" in allowed)


def expected_of_looking(_kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """Other attributes and references need Browse."""
    return denied_unless("Browse" in allowed)


def expected_of_rights(kind: Kind, allowed: set[str], _owner: set[str]) -> str:
    """RolePermissions need a permission of their own, and may not be there."""
    if "ReadRolePermissions" not in allowed:
        return "BadUserAccessDenied"
    return "Good" if kind.grants is not None else "BadAttributeIdInvalid"


def expected_of_call(kind: Kind, allowed: set[str], owner: set[str]) -> str:
    """What nobody can call says so; else the permission is needed on the object, a plain one here, too."""
    if not kind.executable:
        return "BadNotExecutable"
    return denied_unless("Call" in allowed and "Call" in owner and kind.user_executable)


def may_execute(kind: Kind, roles: tuple[str, ...]) -> bool:
    """The UserExecutable of a Method, which does not know on which object it is called."""
    return kind.executable and kind.user_executable and "Call" in permitted(kind, roles)


ORACLE = {
    "read value": expected_of_reading,
    "read name": expected_of_looking,
    "read rights": expected_of_rights,
    "monitor": expected_of_reading,
    "write": expected_of_writing,
    "write sample": expected_of_samples,
    "read history": expected_of_history,
    "read history of events": expected_of_past_events,
    "hear of events": expected_of_events,
    "browse": expected_of_looking,
    "call": expected_of_call,
}


def asked() -> list[tuple[str, str, Kind]]:
    """Every service with every node that it makes sense of."""
    every = itertools.chain(
        itertools.product(OF_VARIABLES, VARIABLES.items()),
        itertools.product(OF_METHODS, METHODS.items()),
        itertools.product(OF_NOTIFIERS, NOTIFIERS.items()),
    )
    return [(service, name, kind) for service, (name, kind) in every]
