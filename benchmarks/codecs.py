"""The hot codecs beside asyncua's own, in paired runs: `python -m benchmarks.codecs [--quick] [--json FILE]`.

Both sides do the same work on the same bytes, in turn within one run, so that what the machine does meanwhile
meets both. Times are per message, or per value where the name says so; ratios are medians of pairs.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import timeit
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua
from asyncua.common.connection import MessageChunk
from asyncua.common.utils import Buffer
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

from opcua_ml.opcua.hot import (
    DECLINED,
    CallResponseShape,
    DataValueShape,
    RequestDecoder,
    SymmetricFrame,
    decode_publish_response,
    encode_change,
    encode_data_value,
    encode_publish_response,
    encode_read_response,
    encode_write_response,
    filetime_now,
)

if TYPE_CHECKING:
    from collections.abc import Callable

build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int

STAMP = datetime(2025, 6, 1, 12, 30, 15, 123456, tzinfo=UTC)
HEADER = build.RequestHeader(build.NodeId(b"\x05" * 32), STAMP, 5, TimeoutHint=4000)
"""With a session token as long as a careful server makes it."""


class Case(NamedTuple):
    """One piece of work done by both: `values` values each time, `goal` in microseconds per value."""

    name: str
    ours: Callable[[], object]
    asyncua: Callable[[], object]
    values: int = 1
    goal: float | None = None


class Figure(NamedTuple):
    """What was measured of a case, in microseconds per value; `ratio` is ours as a share of asyncua's."""

    name: str
    ours: float
    asyncua: float
    ratio: float
    ratio_low: float
    ratio_high: float
    goal: float | None


def measure(case: Case, pairs: int, budget: float) -> Figure:
    """Run both sides in turn, `pairs` times, each for about `budget` seconds."""
    timers = [timeit.Timer(case.ours), timeit.Timer(case.asyncua)]
    times = [max(1, int(budget * 5 / timer.timeit(5))) for timer in timers]
    runs = [[timer.timeit(n) / n for timer, n in zip(timers, times, strict=True)] for _ in range(pairs)]
    ours, asyncua = (statistics.median(side) * 1e6 / case.values for side in zip(*runs, strict=True))
    low, middle, high = statistics.quantiles([one / other for one, other in runs], n=4)
    return Figure(case.name, ours, asyncua, middle, low, high, case.goal)


def wire(message: Any) -> bytes:
    """Return a message as asyncua writes it."""
    return struct_to_binary(message)


def known(answer: Any) -> Any:
    """Return what a codec answered, which must not have been declined."""
    if answer is DECLINED:
        raise SystemExit("A codec declined a message that it is measured by.")
    return answer


def read_and_answer(
    decoder: RequestDecoder, body: bytes, answer: Callable[[], object]
) -> Callable[[], object]:
    """Return our work on one request: decode it, encode the answer."""

    def work() -> object:
        known(decoder.decode(body))
        return known(answer())

    return work


def read_and_answer_with_asyncua(
    parameters: Any, body: bytes, response: Any, content: Callable[[], dict[str, Any]]
) -> Callable[[], object]:
    """Return asyncua's work on one request: decode it as its server does, encode the answer."""

    def work() -> object:
        buffer = Buffer(body)
        nodeid_from_binary(buffer)
        struct_from_binary(ua.RequestHeader, buffer)
        struct_from_binary(parameters, buffer)
        return wire(response(ResponseHeader=build.ResponseHeader(RequestHandle=5), **content()))

    return work


def call_case() -> Case:
    """Call with 8 Double in and 2 Double out."""
    target = build.NodeId("Models/Kiln", 2), build.NodeId("Models/Kiln/Predict", 2)
    method = build.CallMethodRequest(*target, [build.Variant(0.5 * n) for n in range(8)])
    body = wire(build.CallRequest(RequestHeader=HEADER, Parameters=build.CallParameters([method])))
    shape = CallResponseShape([ua.VariantType.Double] * 2)

    def results() -> dict[str, Any]:
        return {"Results": [build.CallMethodResult(OutputArguments=[build.Variant(1.5), build.Variant(2.5)])]}

    return Case(
        "Call, 8 Double in, 2 out",
        read_and_answer(RequestDecoder(), body, lambda: shape.encode(5, filetime_now(), (1.5, 2.5))),
        read_and_answer_with_asyncua(ua.CallParameters, body, ua.CallResponse, results),
        goal=12,
    )


def read_case(count: int, goal: float, *, encoded: bool = False) -> Case:
    """Read of `count` Double values, answered from DataValues or from their bytes."""
    nodes = [build.ReadValueId(build.NodeId(f"Models/Kiln/Out{n}", 2), 13) for n in range(count)]
    body = wire(build.ReadRequest(RequestHeader=HEADER, Parameters=build.ReadParameters(NodesToRead=nodes)))
    values = changed_values(count)
    answered = [known(encode_data_value(value)) for value in values] if encoded else values
    return Case(
        f"Read of {count}{', values encoded before' if encoded else ''}",
        read_and_answer(RequestDecoder(), body, lambda: encode_read_response(5, filetime_now(), answered)),
        read_and_answer_with_asyncua(ua.ReadParameters, body, ua.ReadResponse, lambda: {"Results": values}),
        goal=goal,
    )


def write_case() -> Case:
    """Write of one Double."""
    value = build.DataValue(build.Variant(1.5), build.StatusCode(), STAMP)
    item = build.WriteValue(build.NodeId("Models/Kiln/In1", 2), 13, None, value)
    body = wire(build.WriteRequest(RequestHeader=HEADER, Parameters=build.WriteParameters([item])))
    results = [build.StatusCode()]
    return Case(
        "Write of 1",
        read_and_answer(RequestDecoder(), body, lambda: encode_write_response(5, filetime_now(), results)),
        read_and_answer_with_asyncua(
            ua.WriteParameters, body, ua.WriteResponse, lambda: {"Results": results}
        ),
    )


def changed_values(count: int) -> list[Any]:
    """Return whole DataValues of Doubles, each with timestamps of its own."""
    return [
        build.DataValue(
            build.Variant(0.5 * n), build.StatusCode(), STAMP.replace(microsecond=n), STAMP.replace(second=5)
        )
        for n in range(count)
    ]


def published(values: list[Any]) -> Any:
    """Return asyncua's PublishResult of these values."""
    items = [build.MonitoredItemNotification(handle, value) for handle, value in enumerate(values)]
    message = build.NotificationMessage(1, NotificationData=[build.DataChangeNotification(items)])
    return build.PublishResult(1, [1], False, message)


def publish_case(count: int, *, bare: bool = False) -> Case:
    """Publish of `count` changed values, per value; `bare` ones never were DataValues."""
    body = wire(build.PublishRequest(RequestHeader=HEADER))
    values = changed_values(count)
    shape = DataValueShape(ua.VariantType.Double)

    def answer() -> object:
        now = filetime_now()
        encoded = (shape.encode(0.5 * n, 0, now, now) for n in range(count)) if bare else values
        return encode_publish_response(
            5,
            now,
            subscription_id=1,
            sequence_number=1,
            publish_time=now,
            changes=[known(encode_change(handle, known(value))) for handle, value in enumerate(encoded)],
            available_sequence_numbers=[1],
        )

    return Case(
        f"Publish of {count}{' bare' if bare else ''}, per value",
        read_and_answer(RequestDecoder(), body, answer),
        read_and_answer_with_asyncua(
            ua.PublishParameters, body, ua.PublishResponse, lambda: {"Parameters": published(values)}
        ),
        count,
        1 if count > 1 else None,
    )


def receive_case(name: str, values: list[Any]) -> Case:
    """One PublishResponse decoded as a client, per value."""
    body = wire(build.PublishResponse(Parameters=published(values)))
    return Case(
        f"Client, {name}, per value",
        lambda: known(decode_publish_response(body)),
        lambda: struct_from_binary(ua.PublishResponse, Buffer(body)),
        len(values),
        1.5 if len(values) > 1 else None,
    )


def mixed_values(count: int) -> list[Any]:
    """Return values of changing types and fields, which no run can carry."""
    kinds = [build.Variant(1.5), build.Variant("kiln 7"), build.Variant(7, ua.VariantType.Int32)]
    return [
        build.DataValue(kinds[n % 3], build.StatusCode(), STAMP, STAMP if n % 2 else None)
        for n in range(count)
    ]


def frame_case() -> Case:
    """One chunk without security: read and written."""
    frame, body = SymmetricFrame(1, 13), bytes(200)
    chunk = known(frame.encode(7, 9, body))
    new_policy: Any = SecurityPolicyNone
    policy = new_policy()

    def ours() -> object:
        known(frame.decode(chunk))
        return known(frame.encode(7, 9, body))

    def asyncua() -> object:
        MessageChunk.from_binary(policy, Buffer(chunk))
        written: Any
        (written,) = MessageChunk.message_to_chunks(
            policy, body, 65_535, channel_id=1, request_id=9, token_id=13
        )
        written.SequenceHeader.SequenceNumber = 7
        return written.to_binary()

    return Case("Chunk read and written", ours, asyncua)


def cases() -> list[Case]:
    """Return everything that is measured."""
    return [
        call_case(),
        read_case(1, 10),
        read_case(100, 60),
        read_case(100, 60, encoded=True),
        write_case(),
        publish_case(1),
        publish_case(1000),
        publish_case(1000, bare=True),
        receive_case("1 value", changed_values(1)),
        receive_case("1,000 Doubles", changed_values(1000)),
        receive_case("1,000 mixed", mixed_values(1000)),
        frame_case(),
    ]


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description="The hot codecs beside asyncua's own.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args()
    pairs, budget = (5, 0.01) if options.quick else (15, 0.04)
    print(f"{'':34}{'ours':>10}{'asyncua':>12}{'ratio':>9}   {'quartiles':>15}{'goal':>9}")
    figures = []
    for case in cases():
        figure = measure(case, pairs, budget)
        figures.append(figure)
        spread = f"{figure.ratio_low:.4f}-{figure.ratio_high:.4f}"
        goal = "" if figure.goal is None else f"{figure.goal:g} µs"
        line = f"{figure.name:34}{figure.ours:7.2f} µs{figure.asyncua:9.1f} µs{figure.ratio:9.4f}"
        print(f"{line}   {spread:>15}{goal:>9}")
    if options.json:
        measured = [figure._asdict() for figure in figures]
        report = {"python": platform.python_version(), "unit": "microseconds", "figures": measured}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
