"""Call (OPC UA Part 4, 5.12): requests read, responses written.

A client that calls a method again sends the same bytes up to the argument values. A connection therefore
keeps, for each method called with numbers alone, a plan: what those constant bytes say, and one `struct` for
all arguments.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .header import NO_ADDITIONAL_HEADER, RequestHead, message_type, write_response_head
from .primitive import EMPTY, INT32, NULL, UINT32, read_count
from .variant_reader import NUMBERS, NUMBERS_AND_BOOLEAN, build_variant, read_variant
from .variant_writer import write_variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .nodeid import NodeIds

CALL_REQUEST: Final = message_type(ObjectIds.CallRequest_Encoding_DefaultBinary)
CALL_RESPONSE: Final = message_type(ObjectIds.CallResponse_Encoding_DefaultBinary)

_SMALLEST_METHOD: Final = 8  # two two-byte NodeIds and a count
_COUNT_SIZE: Final = 4
_LARGEST_PLAN: Final = 512
"""Bytes of parameters up to which a Call is remembered: beyond, the memory is not the client's to claim."""


class CallMethod(NamedTuple):
    """One method to call.

    `target` is the wire's bytes of both NodeIds, a key for what the server resolved them to. `encodings` has
    one Variant encoding byte per argument (11 is a Double, 11 + 128 an array of them) and `arguments` their
    values; both are None where the client sent a null array.
    """

    object_id: ua.NodeId
    method_id: ua.NodeId
    target: bytes
    encodings: bytes | None
    arguments: tuple[Any, ...] | None

    def variants(self) -> list[ua.Variant] | None:
        """Return the arguments as asyncua's Variants."""
        if self.encodings is None or self.arguments is None:
            return None
        return list(map(build_variant, self.encodings, self.arguments))


class CallRequest(NamedTuple):
    """A Call: its header and the methods to call, in the client's order."""

    head: RequestHead
    methods: tuple[CallMethod, ...]

    def as_parameters(self) -> ua.CallParameters:
        """Return asyncua's CallParameters with the same content."""
        return ua.CallParameters(
            [
                ua.CallMethodRequest(one.object_id, one.method_id, one.variants())  # type: ignore[arg-type]
                for one in self.methods
            ]
        )


class _CallPlan(NamedTuple):
    object_id: ua.NodeId
    method_id: ua.NodeId
    target: bytes
    encodings: bytes
    interleaved: tuple[int, ...]
    arguments: Struct


class CallReader:
    """Reads the Calls of one connection; at most `capacity` plans, then it starts anew."""

    def __init__(self, node_ids: NodeIds, capacity: int = 64) -> None:
        self._node_ids = node_ids
        self._capacity = capacity
        self._plans: dict[bytes, _CallPlan] = {}
        self._argument_starts: dict[int, int] = {}

    def read(self, head: RequestHead, body: bytes, pos: int) -> CallRequest:
        """Read the methods to call, which must end where the message does."""
        constant_size = self._argument_starts.get(len(body) - pos)
        if constant_size is not None:
            start = pos + constant_size
            plan = self._plans.get(body[pos:start])
            if plan is not None and start + plan.arguments.size == len(body):
                flat = plan.arguments.unpack_from(body, start)
                if flat[::2] == plan.interleaved:
                    method = CallMethod(
                        plan.object_id, plan.method_id, plan.target, plan.encodings, flat[1::2]
                    )
                    return CallRequest(head, (method,))
        return self._read_all(head, body, pos)

    def _read_all(self, head: RequestHead, body: bytes, pos: int) -> CallRequest:
        count, end = read_count(body, pos, _SMALLEST_METHOD)
        if count < 0:
            raise UnknownEncodingError(count)
        methods = []
        for _ in range(count):
            method, end = self._read_method(body, end)
            methods.append(method)
        if end != len(body):
            raise UnknownEncodingError(end)
        if count == 1 and len(body) - pos <= _LARGEST_PLAN:
            self._learn(methods[0], body, pos)
        return CallRequest(head, tuple(methods))

    def _read_method(self, body: bytes, start: int) -> tuple[CallMethod, int]:
        object_id, middle = self._node_ids.read(body, start)
        method_id, pos = self._node_ids.read(body, middle)
        target = body[start:pos]
        count, pos = read_count(body, pos, 1)
        if count < 0:
            return CallMethod(object_id, method_id, target, None, None), pos
        encodings = bytearray()
        arguments = []
        for _ in range(count):
            encoding, value, pos = read_variant(body, pos)
            encodings.append(encoding)
            arguments.append(value)
        return CallMethod(object_id, method_id, target, bytes(encodings), tuple(arguments)), pos

    def _learn(self, method: CallMethod, body: bytes, pos: int) -> None:
        encodings = method.encodings or b""
        if not encodings or not all(map(NUMBERS.get, encodings)):
            return
        layout = Struct("<" + "".join(f"B{NUMBERS[encoding]}" for encoding in encodings))
        constant_size = _COUNT_SIZE + len(method.target) + _COUNT_SIZE
        if len(self._plans) >= self._capacity or len(self._argument_starts) >= self._capacity:
            self._plans.clear()
            self._argument_starts.clear()
        self._argument_starts[len(body) - pos] = constant_size
        self._plans[body[pos : pos + constant_size]] = _CallPlan(
            method.object_id, method.method_id, method.target, encodings, tuple(encodings), layout
        )


def _write_statuses(statuses: Sequence[ua.StatusCode] | None) -> bytes:
    if statuses is None:
        return NULL
    return INT32.pack(len(statuses)) + b"".join([UINT32.pack(status.value) for status in statuses])


def _write_outputs(outputs: Sequence[ua.Variant] | None) -> bytes:
    if outputs is None:
        return NULL
    return INT32.pack(len(outputs)) + b"".join(map(write_variant, outputs))


def _write_result(result: ua.CallMethodResult) -> bytes:
    diagnostics: list[Any] | None = result.InputArgumentDiagnosticInfos
    if diagnostics:
        raise UnknownEncodingError(diagnostics)
    return b"".join(
        (
            UINT32.pack(result.StatusCode.value),
            _write_statuses(result.InputArgumentResults),
            NULL if diagnostics is None else EMPTY,
            _write_outputs(result.OutputArguments),
        )
    )


def encode_call_response(
    request_handle: int, timestamp: int, results: Iterable[ua.CallMethodResult]
) -> bytes | Declined:
    """Return a good CallResponse without diagnostics as asyncua writes it, or `DECLINED`.

    `timestamp` is the response header's, as filetime.
    """
    try:
        written = list(map(_write_result, results))
        head = write_response_head(CALL_RESPONSE, timestamp, request_handle)
        return b"".join((head, INT32.pack(len(written)), *written, EMPTY))
    except REFUSED_VALUES:
        return DECLINED


ANSWERED_CALL: Final = Struct("<4sqI28s")
"""Type, timestamp and handle of a CallResponse, and `GOOD_CALL`."""
GOOD_CALL: Final = Struct("<IBi3siIii").pack(0, 0, 0, NO_ADDITIONAL_HEADER, 1, 0, 0, 0)
"""The rest of its header, and its one result up to the outputs: good, nothing said of the inputs."""


def encode_answered_call(request_handle: int, timestamp: int, outputs: bytes) -> bytes:
    """Return the good answer to a Call of one method, `outputs` being its OutputArguments as on the wire.

    `timestamp` is the response header's, as filetime.
    """
    head = ANSWERED_CALL.pack(CALL_RESPONSE, timestamp, request_handle, GOOD_CALL)
    return head + outputs + EMPTY


class CallResponseShape:
    """Writes the good answer to one call of a method whose outputs are scalar numbers, all of it in one step.

    Raises ValueError for a type whose values have no fixed length.
    """

    def __init__(self, outputs: Sequence[ua.VariantType]) -> None:
        codes = [NUMBERS_AND_BOOLEAN.get(output.value, "") for output in outputs]
        if not all(codes):
            raise ValueError(f"{[one.name for one in outputs]} are not all numbers or Boolean.")
        self.outputs: Final = tuple(outputs)
        self._count = len(outputs)
        self._row = [0] * (2 * self._count)
        self._row[::2] = [output.value for output in outputs]
        self._pack = Struct("<4sqIIBi3siIiii" + "".join(f"B{code}" for code in codes) + "i").pack

    def encode(self, request_handle: int, timestamp: int, values: Sequence[Any]) -> bytes | Declined:
        """Return the CallResponse with `values` as its one result's outputs; `DECLINED` if they don't fit."""
        if len(values) != self._count:
            return DECLINED
        row: list[Any] = self._row.copy()
        row[1::2] = values
        try:
            return self._pack(
                CALL_RESPONSE, timestamp, request_handle, 0, 0, 0, b"\0\0\0", 1, 0, 0, 0, self._count, *row, 0
            )
        except REFUSED_VALUES:
            return DECLINED
