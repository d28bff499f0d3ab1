"""Inputs that clients write: each Write becomes samples for the model's stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.values import date_time, to_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from asyncua import ua
    from asyncua.server.address_space import NodeData
    from asyncua.server.server import Server
    from asyncua.ua.attribute_ids import AttributeIds

    from opcua_ml.application.ports import Clock, SampleReceiver
    from opcua_ml.domain.sample import Sample
    from opcua_ml.domain.signature import Input, Signature
    from opcua_ml.opcua.space.names import Names


class WrittenInputs:
    """Listens to Writes on a model's inputs and hands the samples on, those of one Write together.

    Args:
        server: of asyncua.
        names: of both namespaces.
        path: of the model.
        receiver: of the samples; the keys are the inputs' places in the signature.
        clock: for arrival times.
        record: is given each value that was written, with the path of its input.
    """

    def __init__(
        self,
        server: Server,
        names: Names,
        path: str,
        receiver: SampleReceiver,
        clock: Clock,
        *,
        record: Callable[[str, ua.DataValue], None] | None = None,
    ) -> None:
        self._server = server
        self._names = names
        self._folder = below(path, "Inputs")
        self._receiver = receiver
        self._clock = clock
        self._record = record
        self._pending: list[tuple[int, Sample]] = []

    def listen(self, signature: Signature, fed: Collection[str]) -> None:
        """Listen to all inputs but those that a PLC feeds."""
        for index, item in enumerate(signature.inputs):
            if item.name not in fed:
                self._listen(index, item)

    def listen_to_words(self, words: Mapping[str, int]) -> None:
        """Listen to words of the model's handshake, too.

        Args:
            words: path of each to the key that its samples have.
        """
        for path, key in words.items():
            self._listen_at(path, key, None)

    def _listen(self, index: int, item: Input) -> None:
        self._listen_at(below(self._folder, item.name), index, item.length if item.is_array else None)

    def _listen_at(self, path: str, index: int, wanted: int | None) -> None:
        node_id = self._names.node(path)

        def written(node: NodeData, attribute: AttributeIds, value: ua.DataValue) -> None:
            _check_shape(wanted, value)
            if value.SourceTimestamp is None:
                value.SourceTimestamp = date_time(self._clock.now())
            node.attributes[attribute].value = value
            if self._record is not None:
                self._record(path, value)
            self._take(index, to_sample(value, self._clock.monotonic()))

        self._server.iserver.set_attribute_value_setter(node_id, written)

    def _take(self, index: int, sample: Sample) -> None:
        if not self._pending:
            # All values of one Write are set before anything else runs: what follows sees them together.
            asyncio.get_running_loop().call_soon(self._hand_on)
        self._pending.append((index, sample))

    def _hand_on(self) -> None:
        samples, self._pending = self._pending, []
        self._receiver.receive(samples)


def _check_shape(wanted: int | None, value: ua.DataValue) -> None:
    """Refuse a scalar for an array, the reverse, and another length; asyncua lets all of them pass.

    Raises:
        UaStatusCodeError: BadTypeMismatch.
    """
    variant = value.Value
    if variant is None or variant.Value is None:
        return
    length = len(variant.Value) if variant.is_array else None
    if length != wanted:
        raise UaStatusCodeError(StatusCodes.BadTypeMismatch)  # type: ignore[no-untyped-call]
