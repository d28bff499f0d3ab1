"""A PLC for tests, run as a process of its own: asyncua's server, told over standard input what to do.

One line of JSON in, one line of JSON out: {"do": <name of a coroutine below>, …arguments}.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from asyncua.common.structures104 import new_struct, new_struct_field
from asyncua.server.internal_session import InternalSession
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.integration.plc.quirks import Attributes, Everybody, Quirks, Subscriptions, ua

UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"
LIMITS = {
    "read": ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    "write": ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    "monitor": ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
}


SAMPLES: dict[str, Any] = {
    "DateTime": datetime(2026, 1, 1, tzinfo=UTC),
    "Guid": UUID(int=7),
    "ByteString": b"seven",
    "XmlElement": ua.XmlElement("<seven/>"),
    "NodeId": ua.NodeId(7),
    "StatusCode": ua.StatusCode(0),
    "QualifiedName": ua.QualifiedName("seven", 0),
    "LocalizedText": ua.LocalizedText("seven"),
}
"""Values of the types that JSON has not."""


class Controller:
    """The server, and what it can be told.

    Args:
        options: `port`, `namespaces` (the last one has the tags), `nodes`, `limits`, `silent_limits`,
            `policies`, `certificate`, `private_key`, `application_uri`.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.quirks = Quirks(options.get("limits", {}))
        self.server: Any = Server(user_manager=cast("Any", Everybody()))
        self.namespace = len(options["namespaces"]) + 1
        self.ramp: asyncio.Task[None] | None = None
        self.structures: dict[str, tuple[Any, Any]] = {}

    async def start(self) -> None:
        """Listen."""
        server, options = self.server, self.options
        gc.disable()  # looking for garbage among half a million objects that stay doubles the start
        await server.init()
        gc.freeze()
        gc.enable()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{options['port']}")
        policies = options.get("policies", ["NoSecurity"])
        server.set_security_policy([ua.SecurityPolicyType[name] for name in policies])
        if "certificate" in options:
            await server.set_application_uri(options["application_uri"])
            await server.load_certificate(options["certificate"])
            await server.load_private_key(options["private_key"])
        for uri in options["namespaces"]:
            await server.register_namespace(uri)
        for kind, node in LIMITS.items():
            told = 0 if options.get("silent_limits") else self.quirks.limits.get(kind, 0)
            await server.get_node(ua.NodeId(node)).write_value(told, ua.VariantType.UInt32)
        for node in options.get("nodes", []):
            await self.add(**node)
        internal = server.iserver
        internal.attribute_service = Attributes(internal.aspace, self.quirks)
        Subscriptions.quirks = self.quirks
        internal.subscription_service.__class__ = Subscriptions
        await server.start()

    async def add(self, name: str, value: Any = 0, **how: Any) -> None:
        """Add a tag.

        `how` has `type`, `writable`, `unit` (number and name), `range`, `instrument` (a range), `precision`,
        `definition` and `data_type`.
        """
        kind = ua.VariantType[how.get("type", "Double")]
        data_type = ua.NodeId(how["data_type"]) if "data_type" in how else None
        held = SAMPLES.get(kind.name, value)
        browse_name = ua.QualifiedName(name, self.namespace)
        node = await self.server.nodes.objects.add_variable(
            self._node(name), browse_name, held, kind, data_type
        )
        if isinstance(value, list):
            rank = ua.DataValue(ua.Variant(1, ua.VariantType.Int32))
            await node.write_attribute(AttributeIds.ValueRank, rank)
        if how.get("writable", True):
            await node.set_writable()
        if "unit" in how:
            number, words = how["unit"]
            unit = ua.EUInformation(NamespaceUri=UNECE, UnitId=number, DisplayName=ua.LocalizedText(words))
            await node.add_property(0, "EngineeringUnits", unit)
        if "range" in how:
            await node.add_property(0, "EURange", ua.Range(*how["range"]))
        if "instrument" in how:
            await node.add_property(0, "InstrumentRange", ua.Range(*how["instrument"]))
        for key, shown in (("precision", "ValuePrecision"), ("definition", "Definition")):
            if key in how:
                await node.add_property(0, shown, how[key])

    async def unit(self, name: str, number: int, words: str) -> None:
        """Change a tag's EngineeringUnits without a word, as many servers do."""
        unit = ua.EUInformation(NamespaceUri=UNECE, UnitId=number, DisplayName=ua.LocalizedText(words))
        shown = await self.server.get_node(self._node(name)).get_child("0:EngineeringUnits")
        await shown.write_value(unit)

    async def delete(self, name: str) -> None:
        """Remove a tag."""
        await self.server.delete_nodes([self.server.get_node(self._node(name))])

    async def write(self, name: str, value: Any = None, **how: Any) -> None:
        """Give a tag a value; `how` has `status`, `age` in seconds, and `type` to change the type, too."""
        space, node = self.server.iserver.aspace, self._node(name)
        if "type" in how:
            kind = ua.VariantType[how["type"]]
            space._nodes[node].attributes[AttributeIds.Value].value = None  # lets another type in  # noqa: SLF001 - asyncua's
        else:
            kind = ua.VariantType(
                space.read_attribute_value(node, AttributeIds.DataType).Value.Value.Identifier
            )
        stamp = datetime.now(UTC) - timedelta(seconds=how.get("age", 0.0))
        status = ua.StatusCode(how.get("status", 0))
        data_value = ua.DataValue(ua.Variant(value, kind), status, stamp, datetime.now(UTC))
        await space.write_attribute_value(node, AttributeIds.Value, data_value)

    async def write_many(self, names: list[str], value: Any, rounds: int, pause: float) -> None:
        """Count tags up in the background, from `value` on."""

        async def run() -> None:
            for number in range(rounds):
                for name in names:
                    await self.write(name, value + number)
                await asyncio.sleep(pause)

        self.ramp = asyncio.create_task(run(), name="ramp")

    async def read(self, name: str) -> dict[str, Any]:
        """What a tag holds."""
        held = self.server.iserver.aspace.read_attribute_value(self._node(name), AttributeIds.Value)
        value, status, source = held.Value.Value, held.StatusCode, held.SourceTimestamp
        return {
            "value": value.isoformat() if isinstance(value, datetime) else value,
            "status": 0 if status is None else status.value,
            "source": None if source is None else source.isoformat(),
        }

    async def add_structure(self, name: str) -> None:
        """Add a tag whose value is a structure in a structure, with an optional field and an array."""
        kind, field = ua.VariantType, new_struct_field
        inner, _ = await new_struct(
            self.server,
            self.namespace,
            "Drive",
            [field("Speed", kind.Float), field("Steps", kind.Int32, True)],
        )
        fields = [
            field("Label", kind.String),
            field("Torque", kind.Double, optional=True),
            field("Drive", inner),
            field("Pressure", kind.Double),
        ]
        await new_struct(self.server, self.namespace, "Pump", fields)
        await self.server.load_data_type_definitions()
        value = ua.Pump(Label="one", Torque=None, Drive=ua.Drive(Speed=1480.0, Steps=[1, 2]), Pressure=2.5)
        node = await self.server.nodes.objects.add_variable(self._node(name), name, value)
        await node.set_writable()

    async def write_structure(self, name: str, pressure: float, torque: float | None, speed: float) -> None:
        """Give it other fields."""
        drive = ua.Drive(Speed=speed, Steps=[3])
        value = ua.Pump(Label="two", Torque=torque, Drive=drive, Pressure=pressure)
        await self.server.get_node(self._node(name)).write_value(ua.Variant(value))

    async def add_result(self, name: str) -> None:
        """Add a tag that takes results: a structure with an optional field, and a union in it."""
        if not hasattr(ua, "Result"):
            await self._add_result_types()
        last = ua.Either()
        last.Words = "none"
        value = ua.Result(Label="five", Spread=None, Flow=0.5, Quality=1, Last=last, Steps=[1.0, 2.0])
        node = await self.server.nodes.objects.add_variable(self._node(name), name, value)
        await node.set_writable()

    async def _add_result_types(self) -> None:
        kind, field = ua.VariantType, new_struct_field
        either, _ = await new_struct(
            self.server,
            self.namespace,
            "Either",
            [field("Number", kind.Double), field("Words", kind.String)],
            is_union=True,
        )
        fields = [
            field("Label", kind.String),
            field("Spread", kind.Double, optional=True),
            field("Flow", kind.Float),
            field("Quality", kind.UInt32),
            field("Last", either),
            field("Steps", kind.Double, True),
        ]
        await new_struct(self.server, self.namespace, "Result", fields)
        await self.server.load_data_type_definitions()

    async def add_bytes(
        self, name: str, fields: list[tuple[str, str, int]], body: str, kind: str = "", *, array: bool = False
    ) -> None:
        """Add a tag whose value is a structure that is given as bytes, so that asyncua encodes nothing of it.

        Each field is a name, a built-in type or a structure that was added so, and a ValueRank; `kind` is a
        structure that was added before. An array has two of them, the second of these bytes.
        """
        if not kind:
            kind = f"Type of {name}"
            described = []
            for one, type_name, rank in fields:
                known = self.structures.get(type_name)
                data_type = ua.VariantType[type_name] if known is None else known[0].nodeid
                field = new_struct_field(one, data_type)
                field.ValueRank = rank
                described.append(field)
            node, (encoding,) = await new_struct(self.server, self.namespace, kind, described)
            self.structures[kind] = (node, encoding)
        node, encoding = self.structures[kind]
        value = ua.ExtensionObject(TypeId=encoding.nodeid, Body=bytes.fromhex(body))
        first = ua.ExtensionObject(TypeId=encoding.nodeid, Body=bytes(len(value.Body)))
        variant = ua.Variant([first, value] if array else value, ua.VariantType.ExtensionObject)
        tag = await self.server.nodes.objects.add_variable(
            self._node(name), name, variant, datatype=node.nodeid
        )
        await tag.write_value_rank(ua.ValueRank.OneDimension if array else ua.ValueRank.Scalar)
        await tag.set_writable()

    async def write_bytes(self, name: str, body: str, status: int = 0, kind: str = "") -> None:
        """Give it other bytes, also as if they were those of another structure."""
        _, encoding = self.structures[kind or f"Type of {name}"]
        value = ua.ExtensionObject(TypeId=encoding.nodeid, Body=bytes.fromhex(body))
        held = ua.DataValue(ua.Variant(value, ua.VariantType.ExtensionObject), ua.StatusCode(status))
        space, node_id = self.server.iserver.aspace, self._node(name)
        await space.write_attribute_value(node_id, AttributeIds.Value, held)
        space._nodes[node_id].attributes[AttributeIds.Value].value = held  # noqa: SLF001 - asyncua's; a Bad one with its value, too

    async def read_bytes(self, name: str) -> str:
        """What it holds."""
        held = self.server.iserver.aspace.read_attribute_value(self._node(name), AttributeIds.Value)
        return bytes(held.Value.Value.Body).hex()

    async def redefine(self, name: str, fields: list[tuple[str, str, int]]) -> None:
        """Let its structure have other fields, without a word."""
        node, encoding = self.structures[f"Type of {name}"]
        definition = ua.StructureDefinition(DefaultEncodingId=encoding.nodeid)
        definition.StructureType = ua.StructureType.Structure
        for one, type_name, rank in fields:
            field = new_struct_field(one, ua.VariantType[type_name])
            field.ValueRank = rank
            definition.Fields.append(field)
        await node.write_data_type_definition(definition)

    async def hold_number(self, name: str, number: float) -> None:
        """Let the union in it hold a number."""
        node = self.server.get_node(self._node(name))
        held = copy(await node.read_value())
        held.Last = ua.Either()
        held.Last.Number = number
        await node.write_value(ua.Variant(held))

    async def read_result(self, name: str) -> dict[str, Any]:
        """Its fields."""
        held = await self.server.get_node(self._node(name)).read_value()
        last = {"Number": held.Last.Number, "Words": held.Last.Words}
        fields = {one: getattr(held, one) for one in ("Label", "Spread", "Flow", "Quality", "Steps")}
        return {**fields, "Last": last}

    async def drop_subscriptions(self) -> None:
        """Forget all subscriptions without a word to their clients, as a controller short of memory does."""
        service = self.server.iserver.subscription_service
        await service.delete_subscriptions(list(service.subscriptions))

    async def state(self, state: str) -> None:
        """Change the server's state."""
        node = self.server.get_node(ua.NodeId(ObjectIds.Server_ServerStatus_State))
        await node.write_value(ua.ServerState[state].value, ua.VariantType.Int32)

    async def set(self, **quirks: Any) -> None:
        """Change quirks."""
        for name, value in quirks.items():
            setattr(self.quirks, name, value)

    async def facts(self) -> dict[str, Any]:
        """What can be counted."""
        return {
            "sessions": InternalSession._current_connections,  # noqa: SLF001 - asyncua's
            "subscriptions": len(self.server.iserver.subscription_service.subscriptions),
            "write_requests": self.quirks.write_requests,
            "most_in_a_call": self.quirks.most_in_a_call,
        }

    async def obey(self, line: str) -> dict[str, Any]:
        """Do what one line says."""
        command = json.loads(line)
        try:
            return {"ok": await getattr(self, command.pop("do"))(**command)}
        except Exception as error:  # noqa: BLE001 - the test is told, whatever it is
            return {"error": repr(error)}

    def _node(self, name: str) -> Any:
        return ua.NodeId(name, self.namespace)


async def main() -> None:
    """Run until standard input ends."""
    logging.basicConfig(level=logging.CRITICAL)
    controller = Controller(json.loads(sys.argv[1]))
    await controller.start()
    tell("started")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        tell(**await controller.obey(line))
    await controller.server.stop()


def tell(ok: Any = None, **answer: Any) -> None:
    """Answer with one line."""
    sys.stdout.write(json.dumps(answer or {"ok": ok}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
