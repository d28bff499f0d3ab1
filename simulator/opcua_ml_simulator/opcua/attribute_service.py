"""Writes as Part 4, 5.11.4 wants them answered; asyncua 2.1 lets several wrong ones through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from opcua_ml_simulator.opcua.limits import ServerLimits
    from opcua_ml_simulator.plc.clock import PlcClock

_INTERNAL_USER = User(role=UserRole.Admin)


class PlcAttributeService(AttributeService):
    """Checks every remote write against the node before it is carried out.

    asyncua 2.1 answers Good to an array written to a scalar, to a null value, and, once a null was written,
    to a value of any type; it ignores IndexRange; it says BadUserAccessDenied where BadNotWritable is meant.

    Args:
        space: the server's.
        limits: of the server.
        clock: for timestamps.

    Attributes:
        locked: whether every write is refused, whatever AccessLevel says.
    """

    def __init__(self, space: AddressSpace, limits: ServerLimits, clock: PlcClock) -> None:
        super().__init__(space)
        self._limits = limits
        self._clock = clock
        self.locked = False

    def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """One DataValue per attribute."""
        self._limits.check_operations(len(params.NodesToRead))
        return super().read(params)

    async def write(self, params: ua.WriteParameters, user: User = _INTERNAL_USER) -> list[ua.StatusCode]:
        """One StatusCode per value; Value, StatusCode and SourceTimestamp of a write are all kept."""
        if user.role is UserRole.Admin:
            return await super().write(params, user)
        self._limits.check_operations(len(params.NodesToWrite))
        return [await self._write(value) for value in params.NodesToWrite]

    async def _write(self, item: ua.WriteValue) -> ua.StatusCode:
        refusal = self._refusal(item)
        if refusal is not None:
            return ua.StatusCode(ua.UInt32(refusal))
        now = self._clock.now()
        value = item.Value
        stamped = replace(
            value,
            StatusCode=value.StatusCode or ua.StatusCode(),
            SourceTimestamp=value.SourceTimestamp or now,
            ServerTimestamp=now,
            ServerPicoseconds=None,
        )
        return await self._aspace.write_attribute_value(item.NodeId, item.AttributeId, stamped)

    def _refusal(self, item: ua.WriteValue) -> int | None:
        node = self._aspace.get(item.NodeId)
        if node is None:
            return StatusCodes.BadNodeIdUnknown
        if item.AttributeId not in node.attributes:
            return StatusCodes.BadAttributeIdInvalid
        return self._access_refusal(item) or self._value_refusal(item.NodeId, item.Value)

    def _access_refusal(self, item: ua.WriteValue) -> int | None:
        level = self._attribute(item.NodeId, AttributeIds.UserAccessLevel)
        level = level if isinstance(level, int) else 0
        if item.AttributeId != AttributeIds.Value or not level & ua.AccessLevel.CurrentWrite.mask:
            return StatusCodes.BadNotWritable
        if self.locked:
            return StatusCodes.BadUserAccessDenied
        if item.IndexRange:
            return StatusCodes.BadIndexRangeNoData
        if _exceeds(item.Value, level):
            return StatusCodes.BadWriteNotSupported
        return self._value_refusal(item.NodeId, item.Value)

    def _value_refusal(self, node_id: ua.NodeId, value: ua.DataValue) -> int | None:
        """Part 4, 7.11: with a Bad StatusCode the value is ignored, otherwise it must fit the DataType."""
        if value.StatusCode is not None and value.StatusCode.is_bad():
            return None
        variant = value.Value
        wanted = self._attribute(node_id, AttributeIds.DataType)
        if variant is None or variant.Value is None or not isinstance(wanted, ua.NodeId):
            return StatusCodes.BadTypeMismatch
        if variant.is_array or variant.VariantType.value != wanted.Identifier:
            return StatusCodes.BadTypeMismatch
        return None

    def _attribute(self, node_id: ua.NodeId, attribute: AttributeIds) -> object:
        found = self._aspace.read_attribute_value(node_id, attribute)
        return None if found.Value is None else found.Value.Value


def _exceeds(value: ua.DataValue, level: int) -> bool:
    """Whether a write has more than its value although AccessLevel does not promise to take that."""
    has_status = value.StatusCode is not None and value.StatusCode.value != 0
    has_time = value.SourceTimestamp is not None or value.ServerTimestamp is not None
    return (has_status and not level & ua.AccessLevel.StatusWrite.mask) or (
        has_time and not level & ua.AccessLevel.TimestampWrite.mask
    )
