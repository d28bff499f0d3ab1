"""What the builder needs to know of the standard's own nodes (namespace 0)."""

from __future__ import annotations

from nodesets.design import Child

NODE_IDS = {
    "Boolean": 1,
    "UInt32": 7,
    "UInt64": 9,
    "Double": 11,
    "String": 12,
    "DateTime": 13,
    "NodeId": 17,
    "StatusCode": 19,
    "LocalizedText": 21,
    "Structure": 22,
    "BaseDataType": 24,
    "Enumeration": 29,
    "Organizes": 35,
    "HasModellingRule": 37,
    "HasEncoding": 38,
    "HasTypeDefinition": 40,
    "HasSubtype": 45,
    "HasProperty": 46,
    "HasComponent": 47,
    "FromState": 51,
    "ToState": 52,
    "BaseObjectType": 58,
    "FolderType": 61,
    "BaseDataVariableType": 63,
    "PropertyType": 68,
    "DataTypeEncodingType": 76,
    "Mandatory": 78,
    "Optional": 80,
    "IdType": 256,
    "Duration": 290,
    "NumericRange": 291,
    "UtcTime": 294,
    "EUInformation": 887,
    "StateType": 2307,
    "InitialStateType": 2309,
    "TransitionType": 2310,
    "DataItemType": 2365,
    "FiniteStateVariableType": 2760,
    "FiniteStateMachineType": 2771,
    "AlarmConditionType": 2915,
    "ExclusiveLevelAlarmType": 9482,
    "NonExclusiveLevelAlarmType": 10060,
    "OffNormalAlarmType": 10637,
    "OptionalPlaceholder": 11508,
    "NamespaceMetadataType": 11616,
    "Server_Namespaces": 11715,
    "AnalogUnitType": 17497,
}

INHERITED = {
    "FiniteStateMachineType": (
        Child(
            "CurrentState",
            "Name of the current state.",
            type="FiniteStateVariableType",
            data_type="LocalizedText",
            standard=True,
        ),
    ),
    "FiniteStateVariableType": (
        Child(
            "Id",
            "Node of the current state.",
            type="PropertyType",
            data_type="NodeId",
            reference="HasProperty",
            standard=True,
        ),
    ),
}
"""The mandatory children of standard types that our declarations are instances of."""
