"""Read and Write with access rights, index ranges, types and timestamps.

Source: OPC UA Part 4, 5.11 (Attribute Service Set); Part 3, 5.6.2 (AccessLevel), 8.57 (AccessLevelType).
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.address_space import AttributeService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id
from opcua_ml.opcua.trust.nodes.index_range import parse_index_range, read_range, write_range
from opcua_ml.opcua.trust.nodes.localized import localized
from opcua_ml.opcua.trust.nodes.user_attributes import UserAttributes, number
from opcua_ml.opcua.trust.nodes.value_types import bytes_as_array
from opcua_ml.opcua.trust.nodes.write_access import writable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncua.server.address_space import AttributeValue, NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.observers import WriteObserver
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_log = structlog.get_logger(__name__)

_VALUE: Final = AttributeIds.Value
_CURRENT_READ: Final = 1 << ua.AccessLevel.CurrentRead
_SOURCE, _SERVER, _BOTH, _NEITHER = range(4)


class PlantAttributeService(AttributeService):
    """Every read and write of every session.

    Args:
        aspace: the nodes.
        rules: who may do what.
        types: what fits a DataType.

    Attributes:
        observers: told of every write of a client, when the request's writes are done.
    """

    _aspace: PlantAddressSpace

    def __init__(self, aspace: PlantAddressSpace, rules: AccessRules, types: ValueTypes) -> None:
        super().__init__(aspace)
        self._rules = rules
        self._types = types
        self._user_attributes = UserAttributes(rules)
        self.observers: list[WriteObserver] = []

    def read_for(self, caller: Caller, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Results in the order of NodesToRead; what can't be read is a Bad DataValue."""
        timestamps = int(params.TimestampsToReturn)
        return [self.read_one(caller, item, timestamps) for item in params.NodesToRead]

    def present(self, items: Sequence[ua.ReadValueId]) -> list[ua.DataValue | None]:
        """The values of this moment, for `read_one`; None for what is computed when it is read."""
        return [self._present(item) for item in items]

    def _present(self, item: ua.ReadValueId) -> ua.DataValue | None:
        node = self._aspace.get(item.NodeId) if item.AttributeId == _VALUE else None
        held = node.attributes.get(_VALUE) if node is not None else None
        return held.value if held is not None and held.value_callback is None else None

    def read_one(
        self,
        caller: Caller,
        item: ua.ReadValueId,
        timestamps: int = _BOTH,
        present: ua.DataValue | None = None,
    ) -> ua.DataValue:
        """One attribute as `caller` may see it, with the timestamps asked for.

        Args:
            caller: who reads.
            item: the attribute.
            timestamps: as ua.TimestampsToReturn.
            present: its value where that was taken before, see `present`.
        """
        node = self._aspace.get(item.NodeId)
        if node is None:
            return _bad_value(StatusCodes.BadNodeIdUnknown)
        attribute = item.AttributeId
        code = self.readable(caller, node, attribute)
        if code:
            return _bad_value(code)
        value = present if present is not None else self.attribute_for(caller, node, attribute)
        if caller.locales:
            value = localized(value, caller.locales)
        if item.IndexRange or (item.DataEncoding is not None and item.DataEncoding.Name):
            try:
                value = select_part(value, item, attribute)
            except REFUSALS as refusal:
                return _bad_value(refusal.code)
        return stamped(value, timestamps, is_value=attribute == _VALUE)

    def readable(self, caller: Caller, node: NodeData, attribute: int) -> int:
        """Good, or the StatusCode of refusing to read the attribute."""
        if caller.identity.trusted:
            return StatusCodes.Good
        permissions = self._rules.permissions(caller, node)
        if attribute != _VALUE:
            needed = access.BROWSE
            if attribute == AttributeIds.RolePermissions:
                needed = access.READ_ROLE_PERMISSIONS
            return StatusCodes.Good if permissions & needed else access.refusal(caller, node)
        if AttributeIds.AccessLevel in node.attributes:
            if not number(node, AttributeIds.AccessLevel) & _CURRENT_READ:
                return StatusCodes.BadNotReadable
            if not number(node, AttributeIds.UserAccessLevel, 0xFF) & _CURRENT_READ:
                return StatusCodes.BadUserAccessDenied
        return StatusCodes.Good if permissions & access.READ else access.refusal(caller, node)

    async def write_for(self, caller: Caller, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Results in the order of NodesToWrite; each value is stored whole or not at all."""
        items = params.NodesToWrite
        observers = [] if caller.identity.trusted else self.observers
        before = [self._held(item) for item in items] if observers else []
        results: list[ua.StatusCode] = []
        try:
            for item in items:
                results.append(await self._write_one(caller, item))  # noqa: PERF401 - kept where one is stopped
        finally:
            # One that is stopped while it waits, at the end of the server, may have been done.
            told = [*results, bad(StatusCodes.BadShutdown)]
            for observer in observers:
                for item, old, result in zip(items, before, told, strict=False):
                    observer.written(caller, item, old, result)
        return results

    def _held(self, item: ua.WriteValue) -> ua.Variant | None:
        node = self._aspace.get(item.NodeId)
        held = node.attributes.get(item.AttributeId) if node is not None else None
        return held.value.Value if held is not None and held.value is not None else None

    async def _write_one(self, caller: Caller, item: ua.WriteValue) -> ua.StatusCode:
        node = self._aspace.get(item.NodeId)
        if node is None:
            return bad(StatusCodes.BadNodeIdUnknown)
        attribute = item.AttributeId
        held = node.attributes.get(attribute)
        if held is None:
            return bad(StatusCodes.BadAttributeIdInvalid)
        try:
            return await self._store(caller, node, held, item)
        except REFUSALS as refusal:
            return bad(refusal.code)
        except Exception:  # noqa: BLE001 - a setter's fault is one item's Bad, not the whole request's
            _log.exception("write failed", node=item.NodeId.to_string())
            return bad(StatusCodes.BadInternalError)

    async def _store(
        self, caller: Caller, node: NodeData, held: AttributeValue, item: ua.WriteValue
    ) -> ua.StatusCode:
        attribute, trusted = item.AttributeId, caller.identity.trusted
        code = StatusCodes.Good if trusted else writable(self._rules.permissions(caller, node), node, item)
        if code:
            return bad(access.refusal(caller, node) if code == StatusCodes.BadUserAccessDenied else code)
        value = self._with_timestamps(item.Value, attribute, caller)
        if item.IndexRange:
            value = self._merged(node, held, attribute, item.IndexRange, value)
        if trusted:
            return await self._aspace.write_attribute_value(item.NodeId, attribute, value)
        code, value = self._fitting(node, held, attribute, value)
        return bad(code) if code else await self._aspace.store(node, attribute, held, value)

    def _fitting(
        self, node: NodeData, held: AttributeValue, attribute: int, value: ua.DataValue
    ) -> tuple[int, ua.DataValue]:
        if value.StatusCode is not None and value.StatusCode.is_bad():
            return StatusCodes.Good, value
        if attribute != _VALUE:
            present = held.value.Value if held.value is not None else None
            same = value.Value is not None and present is not None
            same = same and value.Value.VariantType == present.VariantType  # type: ignore[union-attr]
            return (StatusCodes.Good if same else StatusCodes.BadTypeMismatch), value
        data_type = _held(node, AttributeIds.DataType)
        rank = _held(node, AttributeIds.ValueRank)
        dimensions = _held(node, AttributeIds.ArrayDimensions)
        if not isinstance(data_type, ua.NodeId):
            data_type = node_id(ObjectIds.BaseDataType)
        variant = value.Value
        if ua.VariantType.Byte in self._types.allowed(data_type) and rank != ua.ValueRank.Scalar and variant:
            exchanged = bytes_as_array(variant)
            if exchanged is not variant:
                variant, value = exchanged, dataclasses.replace(value, Value=exchanged)
        code = self._types.check(variant, data_type, rank if isinstance(rank, int) else -2, dimensions)
        return code, value

    def _merged(
        self, node: NodeData, held: AttributeValue, attribute: int, text: str, value: ua.DataValue
    ) -> ua.DataValue:
        ranges = parse_index_range(text)
        current = self._aspace.read_attribute_value(node.nodeid, AttributeIds(attribute))
        if current.Value is None or value.Value is None or held is None:
            raise ServiceError(StatusCodes.BadIndexRangeNoData)
        return dataclasses.replace(value, Value=write_range(current.Value, ranges, value.Value))

    def _with_timestamps(self, value: ua.DataValue, attribute: int, caller: Caller) -> ua.DataValue:
        if attribute != _VALUE or not self._aspace.force_server_timestamp:
            return value
        now = datetime.now(UTC)
        source: datetime | None = value.SourceTimestamp
        if source is None and not caller.identity.trusted:
            source = now
        return data_value(
            value.Value,
            value.StatusCode,
            source=source,
            server=now,
            source_picoseconds=value.SourcePicoseconds,
        )

    def attribute_for(self, caller: Caller, node: NodeData, attribute: int) -> ua.DataValue:
        """The attribute as it is for this caller, whose right to read it was checked before."""
        held = node.attributes.get(attribute)
        if not caller.identity.trusted or held is None:
            own = self._user_attributes.read(caller, node, attribute)
            if own is not None:
                return own
        if held is None:
            return _bad_value(StatusCodes.BadAttributeIdInvalid)
        if held.value_callback is not None:
            try:
                return held.value_callback(node.nodeid, AttributeIds(attribute))
            except REFUSALS as refusal:
                return _bad_value(refusal.code)
            except Exception:  # noqa: BLE001 - the fault of one computed value is that value's Bad
                _log.exception("computed value failed", node=node.nodeid.to_string())
                return _bad_value(StatusCodes.BadInternalError)
        return held.value if held.value is not None else _bad_value(StatusCodes.BadAttributeIdInvalid)


def select_part(value: ua.DataValue, item: ua.ReadValueId, attribute: int) -> ua.DataValue:
    """Apply IndexRange and DataEncoding.

    Raises:
        ServiceError: BadIndexRangeInvalid, BadIndexRangeNoData, BadDataEncodingInvalid or
            BadDataEncodingUnsupported.
    """
    if item.DataEncoding is not None and item.DataEncoding.Name:
        check_encoding(value, item.DataEncoding, attribute)
    if not item.IndexRange:
        return value
    ranges = parse_index_range(item.IndexRange)
    if value.Value is None or (value.StatusCode is not None and value.StatusCode.is_bad()):
        return value
    return dataclasses.replace(value, Value=read_range(value.Value, ranges))


def check_encoding(value: ua.DataValue, encoding: ua.QualifiedName, attribute: int) -> None:
    """Hold a DataEncoding against the value (Part 4, 5.11.2.2): only structures have any.

    Raises:
        ServiceError: BadDataEncodingInvalid or BadDataEncodingUnsupported.
    """
    structure = value.Value is not None and value.Value.VariantType == ua.VariantType.ExtensionObject
    if attribute != _VALUE or not structure:
        raise ServiceError(StatusCodes.BadDataEncodingInvalid)
    if encoding.NamespaceIndex != 0 or encoding.Name != "Default Binary":
        known = encoding.NamespaceIndex == 0 and encoding.Name in {"Default XML", "Default JSON"}
        code = StatusCodes.BadDataEncodingUnsupported if known else StatusCodes.BadDataEncodingInvalid
        raise ServiceError(code)


def stamped(value: ua.DataValue, timestamps: int, *, is_value: bool = True) -> ua.DataValue:
    """The value with the timestamps that TimestampsToReturn asks for; only values have a source timestamp."""
    source = value.SourceTimestamp if is_value and timestamps in {_SOURCE, _BOTH} else None
    server: datetime | None = None
    if timestamps in {_SERVER, _BOTH}:
        server = value.ServerTimestamp or datetime.now(UTC)
    if source is value.SourceTimestamp and server is value.ServerTimestamp:
        return value
    return data_value(
        value.Value,
        value.StatusCode,
        source=source,
        server=server,
        source_picoseconds=value.SourcePicoseconds if source is not None else None,
        server_picoseconds=value.ServerPicoseconds if server is not None else None,
    )


def _held(node: NodeData, attribute: AttributeIds) -> Any:
    held = node.attributes.get(attribute)
    if held is None or held.value is None or held.value.Value is None:
        return None
    return held.value.Value.Value


def _bad_value(code: int) -> ua.DataValue:
    return ua.DataValue(StatusCode=bad(code))
