"""Records what administrators change in the files of users and of trust while the service runs.

Who edited a file, the service can't know: the record tells what is different, and from when on it counts.

Source: IEC 62443-4-2, CR 2.8 (auditable events: access control, configuration changes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.opcua.audit.sink import AuditSink
    from opcua_ml.opcua.identity.certificates.trust_store import TrustStore
    from opcua_ml.opcua.identity.users.user_file import User
    from opcua_ml.opcua.identity.users.users import Users


class AdministrationAudit:
    """Compares users and trust with what they were at the last look.

    Args:
        users: of the server.
        trust: certificates of applications.
        audit: told of each difference.
    """

    def __init__(self, users: Users, trust: TrustStore, audit: AuditSink) -> None:
        self._users = users
        self._trust = trust
        self._audit = audit
        self._known = _by_name(users)
        self._trusted = trust.current().thumbprints
        self._revoked = trust.current().revoked
        self._problem = users.problem

    def look(self) -> None:
        """Record what has changed."""
        for message in self._differences():
            self._audit.record(AuditRecord(kind=AuditKind.SECURITY, message=message))

    def _differences(self) -> Iterator[str]:
        known, now = self._known, _by_name(self._users)
        problem, self._problem = self._problem, self._users.problem
        if self._problem:
            if self._problem != problem:
                yield f"nobody is a user any more: {self._problem}"
            return
        self._known = now
        yield from (f"user removed: {name}" for name in known if name not in now)
        for name, user in now.items():
            before = known.get(name)
            if before is None:
                yield f"user added: {name}, {_roles(user)}"
            elif before != user:
                yield f"user changed: {name}: {', '.join(_changed(before, user))}"
        yield from self._trust_differences()

    def _trust_differences(self) -> Iterator[str]:
        trust = self._trust.current()
        trusted, self._trusted = self._trusted, trust.thumbprints
        yield from (f"certificate no longer trusted: {one}" for one in sorted(trusted - self._trusted))
        yield from (f"certificate trusted: {one}" for one in sorted(self._trusted - trusted))
        revoked, self._revoked = self._revoked, trust.revoked
        if revoked != self._revoked:
            yield "revocation lists changed"


def _by_name(users: Users) -> Mapping[str, User]:
    return {user.name: user for user in users.all()}


def _roles(user: User) -> str:
    return "Roles " + ", ".join(sorted(role.value for role in user.roles)) if user.roles else "no Role"


def _changed(before: User, user: User) -> Iterator[str]:
    if before.roles != user.roles:
        yield _roles(user)
    if before.password_hash != user.password_hash:
        yield "another password" if user.password_hash else "no password"
    if before.certificates != user.certificates:
        yield "other certificates"
    if before.enabled != user.enabled:
        yield "enabled" if user.enabled else "disabled"
