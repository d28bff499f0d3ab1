"""Where an alarm stands in the address space, and of which type it is.

Source: OPC UA Part 9, 5.8.19 to 5.8.23 (types of alarms), 5.9.2 to 5.9.5 (ConditionClasses).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asyncua.ua.object_ids import ObjectIds

from opcua_ml.application.alarms.card import AlarmKind
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, below, model_path
from opcua_ml.opcua.space.standard import standard_id

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml.application.alarms.card import AlarmCard
    from opcua_ml.domain.alarm.alarm import AlarmSettings
    from opcua_ml.opcua.space.names import Names

SYSTEM_CLASS: Final = (standard_id(ObjectIds.SystemConditionClassType), "SystemConditionClassType")
PROCESS_CLASS: Final = (standard_id(ObjectIds.ProcessConditionClassType), "ProcessConditionClassType")
_OUTPUT_TYPES: Final = {
    (AlarmKind.LIMIT, True): "ExclusiveOutputAlarmType",
    (AlarmKind.LIMIT, False): "NonExclusiveOutputAlarmType",
    (AlarmKind.OFF_NORMAL, True): "OffNormalOutputAlarmType",
}


@dataclass(frozen=True, slots=True)
class AlarmPlace:
    """Of one alarm.

    Attributes:
        path: of its condition.
        folder: of the alarms of its model or PLC.
        source: path of its source: an output, a model, a PLC.
        source_name: for operators.
        input: path of the variable that raises it; empty for none.
        type: its type definition and EventType.
        condition_class: NodeId and name.
    """

    path: str
    folder: str
    source: str
    source_name: str
    input: str
    type: ua.NodeId
    condition_class: tuple[ua.NodeId, str]


def place_of(card: AlarmCard, settings: AlarmSettings, names: Names) -> AlarmPlace:
    """Where this alarm stands."""
    symbol = _OUTPUT_TYPES.get((card.kind, settings.exclusive))
    kind = standard_id(ObjectIds.SystemOffNormalAlarmType) if symbol is None else names.type(symbol)
    owner = owner_path(card)
    folder = f"{owner}.Monitoring.Alarms" if card.model else f"{owner}.Alarms"
    source, name, input_path = owner, card.model or card.plc or MACHINE_LEARNING, ""
    if card.output:
        source = input_path = below(owner, "Outputs", card.output)
        name = f"{card.model}.{card.output}"
    elif card.plc:
        input_path = f"{owner}.ConnectionState"
    elif card.kind is AlarmKind.MODEL:
        input_path = f"{owner}.State.ModelState"
    elif card.kind is AlarmKind.HISTORY:
        input_path = f"{owner}.History.Recording"
    process = card.kind in (AlarmKind.LIMIT, AlarmKind.OFF_NORMAL, AlarmKind.DRIFT)
    return AlarmPlace(
        below(folder, card.name),
        folder,
        source,
        name,
        input_path,
        kind,
        PROCESS_CLASS if process else SYSTEM_CLASS,
    )


def owner_path(card: AlarmCard) -> str:
    """Path of the model or PLC that the alarm belongs to; else of the entry point."""
    if card.model:
        return model_path(card.model)
    return below(f"{MACHINE_LEARNING}.Sources", card.plc) if card.plc else MACHINE_LEARNING
