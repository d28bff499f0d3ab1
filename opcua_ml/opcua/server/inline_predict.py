"""`Predict` answered in passing: numbers in, the outputs' bytes out.

Source: OPC UA Part 6, 5.2.2.16 (Variant).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.hot import REFUSED_VALUES, variant_writer, variants_writer
from opcua_ml.opcua.space.labels import is_label, label_text
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.values import variant_type

if TYPE_CHECKING:
    from opcua_ml.application.ports import InlineModel
    from opcua_ml.domain.signature import Signature

_log = structlog.get_logger(__name__)

_MOST_TEXTS: Final = 1_000
"""Encoded texts that are kept: names of classes, a version, reasons."""
_BAD: Final = int(Status.Bad)
_STRING: Final = ua.VariantType.String.value
_status: Final = Struct("<BI").pack
_text_head: Final = Struct("<Bi").pack


class InlinePredict:
    """Answers the Calls of one model's `Predict` whose arguments are scalar numbers and Booleans.

    Args:
        name: of the model.
        signature: of the version that is shown.
        model: who predicts.
    """

    def __init__(self, name: str, signature: Signature, model: InlineModel) -> None:
        self._name = name
        self._predict = model.predict_now
        self._not_told = model.not_told
        outputs = signature.outputs
        self._write = variants_writer(
            [
                (variant_type(output_data_type(item)), item.length if item.length > 1 else None)
                for item in outputs
            ]
        )
        self._outputs = len(outputs)
        self._write_text = variant_writer(ua.VariantType.String)
        self._labels = [
            (place, item, [self._write_text(name) for name in item.categories])
            for place, item in enumerate(outputs)
            if is_label(item)
        ]
        self._count = (self._outputs + len(self._labels) + 4).to_bytes(4, "little")
        self._texts: dict[str, bytes] = {}
        self._good = self._quality(Status.Good, "")

    def __call__(self, arguments: tuple[Any, ...]) -> bytes | None:
        """The OutputArguments' bytes; None, with nothing counted, where the coroutine has to answer."""
        answer = None
        try:
            answer = self._predict(arguments)
            if answer is None:
                return None
            number, version, outputs, status, reason = answer
            if len(outputs) == self._outputs and status < _BAD:
                told = number.encode()
                parts = [self._count, self._write(outputs)]
                for place, item, names in self._labels:
                    label = outputs[place]
                    if type(label) is int and 0 <= label < len(names):
                        parts.append(names[label])
                    else:
                        parts.append(self._text(label_text(item, label)))
                parts += (
                    self._texts.get(version) or self._text(version),
                    _text_head(_STRING, len(told)),
                    told,
                    self._quality(status, reason) if status or reason else self._good,
                )
                return b"".join(parts)
        except REFUSED_VALUES:
            pass
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("prediction failed", model=self._name)
        if answer is not None:
            self._not_told()
        return None

    def _quality(self, status: int, reason: str) -> bytes:
        return _status(ua.VariantType.StatusCode.value, status) + self._text(reason)

    def _text(self, words: str) -> bytes:
        written = self._texts.get(words)
        if written is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            written = self._texts[words] = self._write_text(words)
        return written
