"""An OPC UA server with an empty method and variables that count up, told over standard input what to do.

    python opcua_server.py --stack asyncua|opcua_ml --port P [--variables N] [--certificate FILE --key FILE]

Both stacks run the very same lines but for the class of the server and the way its own values change.
One line of JSON in, one line of JSON out; the first line tells where things are.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import logging
import sys
import time
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Write = Callable[[int, Sequence[float]], Awaitable[None]]

NAMESPACE = "urn:opcua-ml:benchmarks"
INPUTS, OUTPUTS = 8, (1.5, 2.5)
TICK_S = 0.01
GROUP = 20
"""Variables that change as one, as the inputs and outputs of a model do at a prediction."""
DOUBLE = ua.VariantType.Double
build: Any = ua  # unchecked: its annotations want ua.Int16 and the like, where everyone gives an int


def new_server(stack: str) -> Any:
    """A server of this stack."""
    if stack == "asyncua":
        return Server()
    from opcua_ml.opcua.trust import Limits, PlantServer  # noqa: PLC0415 - plain asyncua runs without it
    from opcua_ml.service.log import configure_logging  # noqa: PLC0415 - as above

    configure_logging("warning")
    limits = Limits(
        max_connections_per_address=500, max_sessions=500, max_queued_notifications_per_owner=10**8
    )
    return PlantServer(limits=limits)


async def empty(_parent: ua.NodeId, *_given: ua.Variant) -> list[ua.Variant]:
    """Answer the same two numbers to everything."""
    return [ua.Variant(value, DOUBLE) for value in OUTPUTS]


async def populate(server: Any, space: int) -> Any:
    """The machine with its method."""
    machine = await server.nodes.objects.add_object(build.NodeId("Machine", space), "Machine")
    method = build.NodeId("Machine.Empty", space)
    await machine.add_method(method, "Empty", empty, [DOUBLE] * INPUTS, [DOUBLE] * len(OUTPUTS))
    return machine


async def variables_of_asyncua(server: Any, machine: Any, space: int, count: int) -> Write:
    """Variables V0 and on as asyncua's users add them, and how they change many of them."""
    nodes = []
    for number in range(count):
        node = await machine.add_variable(build.NodeId(f"V{number}", space), f"V{number}", 0.0, DOUBLE)
        nodes.append(node.nodeid)

    async def write(first: int, values: Sequence[float]) -> None:
        now = datetime.now(UTC)
        for node, value in zip(nodes[first : first + len(values)], values, strict=True):
            held = build.DataValue(ua.Variant(value, DOUBLE), ua.StatusCode(), now, now)
            await server.write_attribute_value(node, held)

    return write


async def variables_of_ours(server: Any, machine: Any, space: int, count: int) -> Write:
    """Variables V0 and on as a model's outputs are added, and the lane on which those change."""
    from opcua_ml.opcua.hot import filetime_now  # noqa: PLC0415 - plain asyncua runs without it
    from opcua_ml.opcua.live import CellGroup, Numbers, change_together  # noqa: PLC0415 - as above
    from opcua_ml.opcua.space.blueprint import Blueprint, Value  # noqa: PLC0415 - as above
    from opcua_ml.opcua.space.names import Names  # noqa: PLC0415 - as above
    from opcua_ml.opcua.space.node_tree import NodeTree  # noqa: PLC0415 - as above
    from opcua_ml.opcua.space.standard import VARIABLE_TYPE  # noqa: PLC0415 - as above

    names = Names(0, space)
    tree = NodeTree(server, names)
    first = Value(build.NodeId(ObjectIds.Double), ua.Variant(0.0, DOUBLE))
    paths = [f"V{number}" for number in range(count)]
    await tree.bring(
        Blueprint(path, machine.nodeid, names.site(path), path, VARIABLE_TYPE, value=first) for path in paths
    )
    cells = [tree.cell(path) for path in paths]
    groups = {first: CellGroup(cells[first : first + GROUP]) for first in range(0, count, GROUP)}

    async def write(first: int, values: Sequence[float]) -> None:
        now = filetime_now()
        await change_together((), [Numbers(groups[first], DOUBLE, values, 0, now, now)])

    return write


class Counters:
    """The variables' values, and who makes them count."""

    def __init__(self, write: Write, count: int) -> None:
        self._write = write
        self._values = array("d", [0.0] * count)
        self._next = 0

    async def change(self, rate: float, seconds: float) -> dict[str, Any]:
        """Change `rate` values a second, one group of variables after the other, for so many seconds."""
        loop = asyncio.get_running_loop()
        begin, cpu = loop.time(), time.process_time()
        done, wanted = 0, round(rate * seconds)
        while done < wanted:
            due = min(wanted, round((loop.time() - begin) * rate))
            if due - done >= GROUP or due == wanted:
                done += await self._count_up(due - done, whole=due < wanted)
            elif loop.time() - begin > 2 * seconds:
                break
            await asyncio.sleep(TICK_S if due < wanted else 0)
        return {"changes": done, "seconds": loop.time() - begin, "cpu_s": time.process_time() - cpu}

    async def _count_up(self, changes: int, *, whole: bool) -> int:
        """Count up groups while there are so many changes left, or also the one that has more; how many."""
        done = 0
        while done + GROUP <= changes or (done < changes and not whole):
            first = self._next
            values = self._values[first : first + GROUP]
            for place, value in enumerate(values):
                values[place] = value + 1
            self._values[first : first + len(values)] = values
            await self._write(first, values)
            self._next = (first + len(values)) % len(self._values)
            done += len(values)
        return done


async def commands(counters: Counters) -> None:
    """Do what standard input says until it ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "change":
            say(await counters.change(command["rate"], command["seconds"]))


def say(fact: dict[str, Any]) -> None:
    """Answer in one line."""
    print(json.dumps(fact), flush=True)


async def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stack", choices=("asyncua", "opcua_ml"), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--variables", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    server = new_server(options.stack)
    await server.init()
    url = f"opc.tcp://127.0.0.1:{options.port}"
    server.set_endpoint(url)
    policies = [ua.SecurityPolicyType.NoSecurity]
    if options.certificate:
        policies.append(ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt)
        await server.load_certificate(options.certificate)
        await server.load_private_key(options.key)
    server.set_security_policy(policies)
    space = await server.register_namespace(NAMESPACE)
    machine = await populate(server, space)
    add_variables = variables_of_ours if options.stack == "opcua_ml" else variables_of_asyncua
    write = await add_variables(server, machine, space, options.variables)
    async with server:
        say({"url": url, "namespace": space, "object": "Machine", "method": "Machine.Empty"})
        await commands(Counters(write, options.variables))


def run() -> None:
    """Plain asyncua as its users run it; ours with uvloop where it is installed."""
    if "opcua_ml" not in sys.argv:
        asyncio.run(main())
        return
    fast = importlib.util.find_spec("uvloop") is not None  # not on every platform
    runner: Any = importlib.import_module("uvloop") if fast else asyncio
    runner.run(main())


if __name__ == "__main__":
    run()
