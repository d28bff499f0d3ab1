"""The event that tells of a new result.

Machinery's ResultReadyEventType is abstract; ours is a subtype that adds nothing.

Source: OPC 40001-101, 8.1 (ResultReadyEventType); OPC UA Part 5, 6.4.2 (BaseEventType); Part 3, 5.5.1.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.events import Event
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING
from opcua_ml.opcua.texts import TranslatedText, every_language, phrase, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from asyncua.server.server import Server

    from opcua_ml.opcua.space.names import Names

EVENTS_URI: Final = "urn:opcua-ml:UA:Result"
_VERDICT_READY: Final = 1001
_SEVERITY: Final = 100  # it informs; what an operator must act on are alarms
_SUBSCRIBE: Final = 1 << ua.EventNotifier.SubscribeToEvents
_Type = ua.VariantType
_META_DATA: Final = {
    "ResultId": _Type.String,
    "PartId": _Type.String,
    "JobId": _Type.String,
    "StepId": _Type.String,
    "ProductId": _Type.String,
    "ExternalRecipeId": _Type.String,
    "ExternalConfigurationId": _Type.String,
    "ResultEvaluation": _Type.Int32,
    "CreationTime": _Type.DateTime,
}
"""Members of ResultMetaData that clients can also select by themselves."""


class ResultEvents:
    """Of one server.

    Args:
        server: with the nodeset of our event type.
        names: of the site's nodes.
        index: of the event type's namespace.
    """

    def __init__(self, server: Server, names: Names, index: int) -> None:
        self._server = server
        self._type = ua.NodeId(ua.Int32(_VERDICT_READY), ua.Int16(index))
        self._source = names.node(f"{MACHINE_LEARNING}.ResultManagement")

    async def show(self) -> None:
        """Let clients subscribe to the ResultManagement object; the Server object tells of them, too."""
        value = ua.DataValue(ua.Variant(_SUBSCRIBE, _Type.Byte))
        aspace = self._server.iserver.aspace
        await aspace.write_attribute_value(self._source, AttributeIds.EventNotifier, value)

    async def raise_one(
        self, model: str, result: ua.Variant, meta_data: Mapping[str, Any], now: datetime
    ) -> None:
        """Tell of a result.

        Args:
            model: that gave the verdict.
            result: the ResultDataType.
            meta_data: its ResultMetaData.
            now: when it is ready.
        """
        event = Event(self._source)
        for name, value, kind in (
            ("EventId", uuid.uuid4().bytes, _Type.ByteString),
            ("EventType", self._type, _Type.NodeId),
            ("SourceNode", self._source, _Type.NodeId),
            ("SourceName", "ResultManagement", _Type.String),
            ("Time", now, _Type.DateTime),
            ("ReceiveTime", now, _Type.DateTime),
            (
                "Message",
                _message(model, meta_data["ResultEvaluationDetails"]),
                _Type.LocalizedText,
            ),
            ("Severity", _SEVERITY, _Type.UInt16),
            ("Result", result.Value, _Type.ExtensionObject),
        ):
            event.add_property(name, value, kind)
        for name, kind in _META_DATA.items():
            event.add_property(f"Result/ResultMetaData/{name}", meta_data.get(name), kind)
        await self._server.iserver.subscription_service.trigger_event(event)


def _message(model: str, details: ua.LocalizedText) -> ua.LocalizedText:
    """Which model says what, in the languages in which that is known."""
    told = {locale: f"{model}: {words}" for locale, words in every_language(details).items() if words}
    if not told:
        return text(phrase("{model}: a result", model=model))
    first, *others = told
    return TranslatedText(told[first], first, {locale: told[locale] for locale in others})
