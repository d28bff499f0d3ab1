"""Writes as Part 4, 5.11.4 wants them answered; asyncua 2.1 lets several wrong ones through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AttributeService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

_INTERNAL_USER = User(role=UserRole.Admin)


class PlcAttributeService(AttributeService):
    """Checks every remote write against the node before it is carried out.

    asyncua 2.1 answers Good to an array written to a scalar, to a null value, and, once a null was written,
    to a value of any type; it ignores IndexRange; it says BadUserAccessDenied where BadNotWritable is meant.
    """

    async def write(self, params: ua.WriteParameters, user: User = _INTERNAL_USER) -> list[ua.StatusCode]:
        """One StatusCode per value; Value, StatusCode and SourceTimestamp of a write are all kept."""
        if user.role is UserRole.Admin:
            return await super().write(params, user)
        return [await self._write(value) for value in params.NodesToWrite]

    async def _write(self, item: ua.WriteValue) -> ua.StatusCode:
        refusal = self._refusal(item)
        if refusal is not None:
            return ua.StatusCode(ua.UInt32(refusal))
        now = ua.DateTime.now(UTC)
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
        if item.AttributeId != AttributeIds.Value or not self._writable(item.NodeId):
            return StatusCodes.BadNotWritable
        if item.IndexRange:
            return StatusCodes.BadIndexRangeNoData
        return self._value_refusal(item.NodeId, item.Value)

    def _writable(self, node_id: ua.NodeId) -> bool:
        level = self._attribute(node_id, AttributeIds.UserAccessLevel)
        return isinstance(level, int) and bool(level & ua.AccessLevel.CurrentWrite.mask)

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
