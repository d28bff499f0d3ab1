"""The types of alarms on outputs: the standard's, with the prediction that they were judged from."""

from __future__ import annotations

from nodesets.design import ObjectType, property_

_PREDICTION = (
    property_("PredictionId", "String", "The prediction that the alarm was judged from last."),
    property_("ModelVersion", "String", "Version of the model that made it."),
)

ALARM_TYPES = (
    ObjectType(
        "ExclusiveOutputAlarmType",
        "An output of a model beyond its limits; one limit at a time.",
        base="ExclusiveLevelAlarmType",
        children=_PREDICTION,
    ),
    ObjectType(
        "NonExclusiveOutputAlarmType",
        "An output of a model beyond its limits; each limit by itself.",
        base="NonExclusiveLevelAlarmType",
        children=_PREDICTION,
    ),
    ObjectType(
        "OffNormalOutputAlarmType",
        "An output of a model tells a class that means a fault.",
        base="OffNormalAlarmType",
        children=_PREDICTION,
    ),
)
