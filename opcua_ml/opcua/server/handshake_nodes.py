"""The words of a model's handshake: request and answer for programs that only read and write variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import Blueprint, Value
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.standard import UINT32, UINT64, VARIABLE_TYPE
from opcua_ml.opcua.values import shared_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.live import ValueCell
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

Change = tuple["ValueCell", ua.DataValue]
HANDSHAKE = "Handshake"
REQUEST, CLIENT_BEAT = "RequestId", "ClientHeartbeat"
_WORDS = (
    (REQUEST, "Raised by the client by 1, after it has written the inputs; 0 for none.", 0),
    ("DoneId", "The request that is answered, written last; 0 for none.", 0),
    ("ResultCode", "StatusCode of the answer; 0 is Good.", int(Status.BadWaitingForInitialData)),
    ("ServiceHeartbeat", "Counted up by this server while it can answer.", 0),
    (CLIENT_BEAT, "Kept changing by the client.", 0),
)
HANDSHAKE_COUNTERS = (
    ("Requests", "Requests seen."),
    ("Answered", "Requests answered, in whatever way."),
    ("Repeated", "Requests seen again and not answered again."),
    ("Missed", "Ids left out between two requests."),
    ("Superseded", "Requests that a newer one replaced before their answer."),
    ("TimedOut", "Requests that could not be answered in time."),
)


@dataclass(frozen=True, slots=True)
class HandshakeKeys:
    """How a model is asked by words.

    Attributes:
        on_plc: whether the words are a PLC's tags; else clients write ours.
        request, client_heartbeat: keys of their samples, for the receiver.
    """

    on_plc: bool
    request: int
    client_heartbeat: int


def handshake_nodes(names: Names, model: str, *, on_plc: bool) -> Iterator[Blueprint]:
    """All nodes below a model's Handshake; where the words are a PLC's tags, clients only look on."""
    path = below(model, HANDSHAKE)
    words = "Request and answer by variables, each with one writer."
    yield Blueprint(path, model, names.own(HANDSHAKE), words, names.type("HandshakeType"))
    for name, meaning, first in _WORDS:
        writable = not on_plc and name in (REQUEST, CLIENT_BEAT)
        value = Value(UINT32, _word(first), writable=writable)
        yield Blueprint(below(path, name), path, names.own(name), meaning, VARIABLE_TYPE, value=value)
    for name, meaning in HANDSHAKE_COUNTERS:
        value = Value(UINT64, _count(0))
        yield Blueprint(below(path, name), path, names.own(name), meaning, VARIABLE_TYPE, value=value)


class HandshakeDisplay:
    """The words that the service writes.

    Args:
        tree: that holds the nodes already.
        model: path of the model.
        on_plc: whether the request id is shown, too, as its writer is a PLC.
    """

    def __init__(self, tree: NodeTree, model: str, *, on_plc: bool) -> None:
        path = below(model, HANDSHAKE)
        self._request = tree.cell(below(path, REQUEST)) if on_plc else None
        self._result = tree.cell(below(path, "ResultCode"))
        self._done = tree.cell(below(path, "DoneId"))
        self._heartbeat = tree.cell(below(path, "ServiceHeartbeat"))

    def answer(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> list[Change]:
        """The changes by which a prediction answers its request: the done id comes last.

        One that answers none takes the outputs back; the result code never says Good of outputs that are not.
        """
        result = self._result, _data(prediction.status, source, server)
        if prediction.request_id is None:
            return [result]
        done = _data(prediction.request_id % 2**32, source, server)
        changes = [result, (self._done, done)]
        return changes if self._request is None else [(self._request, done), *changes]

    def heartbeat(self, beats: int, now: ua.DateTime | None) -> list[Change]:
        """The sign of life."""
        return [(self._heartbeat, _data(beats, now, now))]


def _word(number: int) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.UInt32)


def _count(number: int) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.UInt64)


def _data(number: int, source: ua.DateTime | None, server: ua.DateTime | None) -> ua.DataValue:
    return ua.DataValue(_word(number), shared_status(Status.Good), source, server)
