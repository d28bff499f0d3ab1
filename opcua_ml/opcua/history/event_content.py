"""Events as text that lasts: JSON of fields, with namespaces by their URIs.

Indices of namespaces belong to one run of a server; what is stored outlives it.
"""

from __future__ import annotations

import base64
import json
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.events import Event

from opcua_ml.application.history.record import EventRecord
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.texts import TranslatedText, every_language, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Namespaces = Callable[[], Sequence[str]]

_Type = ua.VariantType
_PLAIN = {
    _Type.Boolean,
    _Type.SByte,
    _Type.Byte,
    _Type.Int16,
    _Type.UInt16,
    _Type.Int32,
    _Type.UInt32,
    _Type.Int64,
    _Type.UInt64,
    _Type.Float,
    _Type.Double,
    _Type.String,
}
_PAIRS = {_Type.LocalizedText, _Type.QualifiedName}
_ua: Any = ua


class EventContent:
    """Writes and reads events; fields of other types than the built-in ones, such as structures, are null.

    Args:
        namespaces: the server's namespace table, now.
    """

    weight = 1

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._writers: dict[ua.VariantType, Callable[[Any], Any]] = {
            _Type.NodeId: self.named,
            _Type.DateTime: datetime.isoformat,
            _Type.ByteString: lambda value: base64.b64encode(value).decode("ascii"),
            _Type.StatusCode: lambda value: value.value,
            _Type.Guid: str,
            _Type.LocalizedText: _written_text,
            _Type.QualifiedName: lambda value: [value.Name, self._namespaces()[value.NamespaceIndex]],
        }
        self._readers: dict[ua.VariantType, Callable[[Any], Any]] = {
            _Type.NodeId: self._node_id,
            _Type.DateTime: datetime.fromisoformat,
            _Type.ByteString: base64.b64decode,
            _Type.StatusCode: _ua.StatusCode,
            _Type.Guid: uuid.UUID,
            _Type.LocalizedText: lambda value: _read_text(*value),
            _Type.QualifiedName: lambda value: self._qualified_name(*value),
        }

    def record(self, happened: Any, moment: datetime) -> EventRecord:
        """See Trail; what happened is an event of asyncua and the NodeIds of those who tell of it."""
        event, notifiers = happened
        fields = {
            name: [kind.name, self._written(kind, getattr(event, name, None))]
            for name, kind in event.data_types.items()
        }
        time = getattr(event, "Time", None) or moment
        return EventRecord(
            to_filetime(time),
            to_filetime(moment),
            tuple(self.named(node_id) for node_id in notifiers),
            json.dumps(fields, ensure_ascii=False, separators=(",", ":")),
        )

    def event(self, content: str) -> Event:
        """The event again; a field of a namespace that is no longer there is null."""
        event = Event()
        for name, (kind_name, value) in json.loads(content).items():
            variant_type = ua.VariantType[kind_name]
            if variant_type not in _PLAIN and variant_type not in self._readers:
                continue
            event.add_property(name, self._read(variant_type, value), variant_type)
        return event

    def named(self, node_id: ua.NodeId) -> str:
        """A NodeId with its namespace's URI."""
        plain = _ua.NodeId(node_id.Identifier, 0, node_id.NodeIdType).to_string()
        index = node_id.NamespaceIndex
        return plain if not index else f"nsu={self._namespaces()[index]};{plain}"

    def _node_id(self, text: str) -> ua.NodeId | None:
        if not text.startswith("nsu="):
            return ua.NodeId.from_string(text)
        uri, _, plain = text[4:].rpartition(";")
        try:
            index = list(self._namespaces()).index(uri)
        except ValueError:
            return None
        found = ua.NodeId.from_string(plain)
        made: ua.NodeId = _ua.NodeId(found.Identifier, index, found.NodeIdType)
        return made

    def _written(self, kind: ua.VariantType, value: Any) -> Any:
        if value is None or kind in _PLAIN:
            return list(value) if isinstance(value, tuple) else value
        write = self._writers.get(kind)
        if write is None:
            return None
        return [write(item) for item in value] if isinstance(value, list | tuple) else write(value)

    def _read(self, kind: ua.VariantType, value: Any) -> Any:
        if value is None or kind in _PLAIN:
            return value
        read = self._readers[kind]
        # A text with its locale is written as a pair, an array of such as one of pairs.
        pair = kind in _PAIRS and not (value and isinstance(value[0], list))
        return [read(item) for item in value] if isinstance(value, list) and not pair else read(value)

    def _qualified_name(self, name: str, uri: str) -> ua.QualifiedName | None:
        table = list(self._namespaces())
        return _ua.QualifiedName(name, table.index(uri)) if uri in table else None


def _written_text(value: ua.LocalizedText) -> list[Any]:
    """Words and locale; then the translations, or that they stand in our own catalogues."""
    told: list[Any] = [value.Text, value.Locale]
    if not isinstance(value, TranslatedText):
        return told
    if text(value.Text or "") is value:
        return [*told, True]
    return [
        *told,
        {locale: words for locale, words in every_language(value).items() if locale != value.Locale},
    ]


def _read_text(
    words: str | None, locale: str | None, translations: Mapping[str, str] | bool = False
) -> ua.LocalizedText:
    if translations is True:
        return text(words or "")
    return TranslatedText(words, locale, translations) if translations else ua.LocalizedText(words, locale)
