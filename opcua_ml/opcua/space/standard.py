"""NodeIds of the standard's own nodes (namespace 0) that our nodes refer to."""

from __future__ import annotations

from typing import Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds


def standard_id(number: int) -> ua.NodeId:
    """The NodeId of a number of `ObjectIds`."""
    return ua.NodeId(ua.Int32(number))


HAS_COMPONENT: Final = standard_id(ObjectIds.HasComponent)
HAS_PROPERTY: Final = standard_id(ObjectIds.HasProperty)
ORGANIZES: Final = standard_id(ObjectIds.Organizes)
HAS_HISTORICAL_CONFIGURATION: Final = standard_id(ObjectIds.HasHistoricalConfiguration)
HAS_TYPE_DEFINITION: Final = standard_id(ObjectIds.HasTypeDefinition)

OBJECTS_FOLDER: Final = standard_id(ObjectIds.ObjectsFolder)

FOLDER_TYPE: Final = standard_id(ObjectIds.FolderType)
PROPERTY_TYPE: Final = standard_id(ObjectIds.PropertyType)
VARIABLE_TYPE: Final = standard_id(ObjectIds.BaseDataVariableType)
DATA_ITEM_TYPE: Final = standard_id(ObjectIds.DataItemType)
ANALOG_UNIT_TYPE: Final = standard_id(ObjectIds.AnalogUnitType)
ANALOG_UNIT_RANGE_TYPE: Final = standard_id(ObjectIds.AnalogUnitRangeType)
TWO_STATE_TYPE: Final = standard_id(ObjectIds.TwoStateDiscreteType)
MULTI_STATE_TYPE: Final = standard_id(ObjectIds.MultiStateDiscreteType)
MULTI_STATE_VALUE_TYPE: Final = standard_id(ObjectIds.MultiStateValueDiscreteType)
STATE_VARIABLE_TYPE: Final = standard_id(ObjectIds.FiniteStateVariableType)

ARGUMENT: Final = standard_id(ObjectIds.Argument)
AGGREGATE_CONFIGURATION_TYPE: Final = standard_id(ObjectIds.AggregateConfigurationType)
HISTORICAL_DATA_CONFIGURATION_TYPE: Final = standard_id(ObjectIds.HistoricalDataConfigurationType)
EXCEPTION_DEVIATION_FORMAT: Final = standard_id(ObjectIds.ExceptionDeviationFormat)
BYTE: Final = standard_id(ObjectIds.Byte)
BOOLEAN: Final = standard_id(ObjectIds.Boolean)
BYTE_STRING: Final = standard_id(ObjectIds.ByteString)
DOUBLE: Final = standard_id(ObjectIds.Double)
DURATION: Final = standard_id(ObjectIds.Duration)
ENUM_VALUE: Final = standard_id(ObjectIds.EnumValueType)
EU_INFORMATION: Final = standard_id(ObjectIds.EUInformation)
INT32: Final = standard_id(ObjectIds.Int32)
LOCALIZED_TEXT: Final = standard_id(ObjectIds.LocalizedText)
NODE_ID: Final = standard_id(ObjectIds.NodeId)
RANGE: Final = standard_id(ObjectIds.Range)
STATUS_CODE: Final = standard_id(ObjectIds.StatusCode)
STRING: Final = standard_id(ObjectIds.String)
UINT16: Final = standard_id(ObjectIds.UInt16)
UINT32: Final = standard_id(ObjectIds.UInt32)
UINT64: Final = standard_id(ObjectIds.UInt64)
UTC_TIME: Final = standard_id(ObjectIds.UtcTime)
