"""What a planted bug is, and how those of the server are put in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.opcua.trust.access import rules
from opcua_ml.opcua.trust.access.identity import Role
from opcua_ml.opcua.trust.access.rules import ALL, READ, RoleAccess
from opcua_ml.opcua.trust.decoding import structure
from opcua_ml.opcua.trust.nodes.node_management import PlantNodeManagementService
from opcua_ml.opcua.trust.services.table import HOT_SERVICES, SERVICES
from opcua_ml.opcua.trust.transport.protocol import PlantProtocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from opcua_ml.opcua.trust.decoding.reader import Reader
    from opcua_ml.opcua.trust.nodes.attribute import PlantAttributeService


@dataclass(frozen=True)
class Planted:
    """One bug.

    Attributes:
        weakness: class of the public record.
        bug: what is wrong, in words.
        plant: puts it in.
        test: the test that has to fail.
        arguments: of its parameters.
        server: whether it wants a server of its own; as `plant`, or as `target` where it runs on both.
        prepare: what that server needs before.
    """

    weakness: str
    bug: str
    plant: Callable[[pytest.MonkeyPatch], None]
    test: Callable[..., Awaitable[None]]
    arguments: tuple[Any, ...] = ()
    server: str = ""
    prepare: Callable[[Any], Awaitable[None]] | None = None

    @property
    def label(self) -> str:
        """For the report."""
        return f"{self.weakness}: {self.bug}"


def replaced(owner: object, name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """A patch of one attribute."""
    return lambda patch: patch.setattr(owner, name, value)


def _set(patch: pytest.MonkeyPatch, table: dict[Any, Any], key: Any, value: Any) -> None:
    patch.setitem(table, key, value)


def slow_calls_inline(patch: pytest.MonkeyPatch) -> None:
    """Call is served before the connection's next request is looked at."""
    for table in (SERVICES, HOT_SERVICES):
        for key, service in tuple(table.items()):
            if service.name == "Call":
                _set(patch, table, key, replace(service, detached=False))


def counted_first(reader: Reader, smallest: int = 1) -> int:  # noqa: ARG001 - the signature of what it replaces
    """Memory for as many elements as the message says, before they are looked for."""
    length = reader.int32()
    bytearray(min(max(length, 0), 10_000_000))
    return length


def forgiving_text(reader: Reader) -> str | None:
    """Bytes that are no UTF-8 become some text."""
    raw = reader.byte_string()
    return None if raw is None else raw.decode(errors="replace")


async def first_for_all(self: PlantAttributeService, caller: Any, params: Any) -> list[Any]:
    """The first item's result stands for all."""
    results = [await self._write_one(caller, item) for item in params.NodesToWrite]
    return [results[0] for _ in results]


def telling_too_much(patch: pytest.MonkeyPatch) -> None:
    """The Error message says where in our code it was made."""
    fail = PlantProtocol._fail  # noqa: SLF001 - a bug is planted inside

    def failing(self: PlantProtocol, failure: Any) -> None:
        failure.reason = f"{__file__}: {failure.reason}"
        fail(self, failure)

    patch.setattr(PlantProtocol, "_fail", failing)


def reading_for_all(patch: pytest.MonkeyPatch) -> None:
    """Read is granted to everybody."""
    permissions = RoleAccess.permissions
    patch.setattr(RoleAccess, "permissions", lambda *asked: permissions(*asked) | READ)


def everything_where_broken(patch: pytest.MonkeyPatch) -> None:
    """RolePermissions that can't be understood grant all."""
    own = rules._own_permissions  # noqa: SLF001 - a bug is planted inside
    everything = {role: ALL for role in vars(Role).values() if isinstance(role, ua.NodeId)}
    patch.setattr(rules, "_own_permissions", lambda node: own(node) or everything)


def silence_allowed(patch: pytest.MonkeyPatch) -> None:
    """No clock runs for a connection."""
    for clock in ("_expect_channel", "_expect_session"):
        patch.setattr(PlantProtocol, clock, lambda _: None)


def any_text(patch: pytest.MonkeyPatch) -> None:
    """Strings of Variants are read forgivingly."""
    patch.setitem(structure._BUILT_IN, "String", forgiving_text)  # noqa: SLF001 - a bug is planted inside


def references_that_stay(patch: pytest.MonkeyPatch) -> None:
    """A node is deleted, the references to it are not."""
    delete = PlantNodeManagementService._delete_node  # noqa: SLF001 - a bug is planted inside

    def deleting(self: PlantNodeManagementService, item: Any, user: Any) -> Any:
        item.DeleteTargetReferences = False
        return delete(self, item, user)

    patch.setattr(PlantNodeManagementService, "_delete_node", deleting)


def believed_size(_: PlantProtocol, received: bytearray, start: int) -> int:
    """What the header says."""
    return max(8, int.from_bytes(received[start + 4 : start + 8], "little"))
