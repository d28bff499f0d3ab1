"""Random histories of writes and services, over the wire, against items that are written down plainly."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.live import CellGroup, Numbers, ValueCell, change_together, number_table
from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, status_code, variant
from opcua_ml.opcua.trust.subscriptions import column_filter, column_sampling
from tests.integration.trust.reference_item import DISABLED, REPORTING, SAMPLING, Held, ReferenceItem
from tests.integration.trust.subscriber import Subscriber, changes_of
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("Double", "Float", "Int32", "Boolean")
START = datetime(2026, 1, 1, tzinfo=UTC)
GOOD, UNCERTAIN, INFO, BAD = 0, 0x4000_0000, 0x0000_0400, 0x8000_0000
FENCE = 999
LATER = 10**9
"""Seconds at which time begins: no timer of the running loop goes off."""

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Double": st.sampled_from([0.0, -0.0, 1.0, 1.5, 9.0, -7.25, float("nan"), float("inf"), 1e300]),
    "Float": st.sampled_from([0.0, 1.0, 1.5, 9.0, float("nan")]),
    "Int32": st.integers(-3, 3),
    "Boolean": st.booleans(),
}
NUMBERS = {"Double": 5, "Float": 2, "Int32": 2, "Boolean": 2}
VARIABLES = [(kind, number) for kind in KINDS for number in range(NUMBERS[kind])]
MOSTLY_DOUBLE = st.sampled_from([(kind, number) for kind, number in VARIABLES if kind == "Double"])


@st.composite
def bulk(draw: st.DrawFn) -> tuple[Any, ...]:
    """Numbers of one type written together."""
    kind = draw(st.sampled_from(["Double"] * 5 + [*KINDS]))
    places = draw(st.lists(st.integers(0, NUMBERS[kind] - 1), min_size=1, unique=True))
    contents = [draw(VALUES[kind]) for _ in places]
    return "bulk", kind, places, contents, draw(st.sampled_from([GOOD, UNCERTAIN, INFO]))


@st.composite
def single(draw: st.DrawFn) -> tuple[Any, ...]:
    """A DataValue: a number, an array, or null and Bad; with or without times."""
    kind, place = draw(st.sampled_from(VARIABLES))
    shape = draw(st.sampled_from(["number", "array", "bad"]))
    content = draw(VALUES[kind] if shape == "number" else st.lists(VALUES[kind], max_size=3))
    status = draw(st.sampled_from([GOOD, UNCERTAIN]))
    if shape == "bad":
        content, status = None, BAD
    return "single", kind, place, content, status, draw(st.booleans())


ITEMS = st.fixed_dictionaries(
    {
        "variable": MOSTLY_DOUBLE | MOSTLY_DOUBLE | st.sampled_from(VARIABLES),
        "size": st.integers(1, 4),
        "discard_oldest": st.booleans(),
        "trigger": st.sampled_from([1, 1, 1, 1, 0, 2]),
        "band": st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0]),
        "timestamps": st.integers(0, 3),
        "interval": st.sampled_from([0, 0, 0, 4, 10, 25]),  # s
        "mode": st.sampled_from([REPORTING] * 6 + [DISABLED, SAMPLING]),
    }
)
PLACE = st.integers(0, 5)
STEPS = st.lists(
    bulk()
    | bulk()
    | bulk()
    | bulk()
    | bulk()
    | bulk()
    | bulk()
    | bulk()
    | single()
    | bulk()
    | bulk()
    | bulk()
    | st.tuples(st.just("mode"), PLACE, st.sampled_from([DISABLED, SAMPLING, REPORTING, REPORTING]))
    | st.tuples(st.just("modify"), PLACE, ITEMS)
    | st.tuples(st.just("link"), PLACE, PLACE)
    | st.tuples(st.just("resend"))
    | st.tuples(st.just("read"), st.sampled_from(VARIABLES))
    | st.tuples(st.just("visitor"), st.sampled_from(VARIABLES))
    | st.tuples(st.just("rights"))
    | st.tuples(st.just("wait"), st.integers(1, 12))
    | st.tuples(st.just("wait"), st.integers(1, 12))
    | st.tuples(st.just("wait"), st.integers(1, 12))
    | st.tuples(st.just("settle"))
    | st.tuples(st.just("publish")),
    min_size=8,
    max_size=40,
)


class Stage:
    """One server for all examples."""

    def __init__(self, runner: asyncio.Runner, target: Target, cells: dict[Any, Any]) -> None:
        self.runner = runner
        self.target = target
        self.cells = cells


@pytest.fixture(scope="module", params=[number_table.LEAST_JOINING, 1], ids=["at once", "in tables"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A running server whose variables change on the bulk lane: too few for tables, or in tables at once."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_table, "LEAST_JOINING", request.param)
        for part in (column_filter, column_sampling):
            patch.setattr(part, "NARROW", 2)
        server = started("plant")
        target = runner.run(server.__aenter__())
        cells = runner.run(_variables(target))
        yield Stage(runner, target, cells)
        runner.run(server.__aexit__(None, None, None))


async def _variables(target: Target) -> dict[Any, tuple[ua.NodeId, ValueCell]]:
    cells = {}
    for kind, number in [*VARIABLES, ("Int32", FENCE)]:
        first: Any = False if kind == "Boolean" else 0
        name = f"{kind}{number}"
        node = await target.nodes["pump"].add_variable(
            node_id(name, target.index), name, first, ua.VariantType[kind]
        )
        attributes = target.server.iserver.aspace[node.nodeid].attributes
        cell = attributes[AttributeIds.Value] = ValueCell.in_place_of(attributes[AttributeIds.Value])
        cells[kind, number] = node.nodeid, cell
    return cells


def fitting_band(variable: tuple[str, int], options: dict[str, Any]) -> float:
    """Booleans have no dead band."""
    return 0.0 if variable[0] == "Boolean" else float(options["band"])


def parameters(handle: int, options: dict[str, Any], band: float) -> ua.MonitoringParameters:
    """What a client asks for."""
    wanted = ua.uaprotocol_auto.DataChangeFilter(
        ua.DataChangeTrigger(options["trigger"]), int(band > 0), band
    )
    return ua.MonitoringParameters(
        ClientHandle=handle,
        SamplingInterval=1000.0 * options["interval"],
        Filter=wanted,
        QueueSize=options["size"],
        DiscardOldest=options["discard_oldest"],
    )


class History:
    """One example: the server's subscription and the plain items, told the same."""

    def __init__(self, stage: Stage, subscriber: Subscriber, other: Subscriber) -> None:
        self.stage = stage
        self.subscriber = subscriber
        self.other = other
        self.visitors: dict[Any, int] = {}
        self.present: dict[Any, Held] = {}
        self.items: list[tuple[Any, int, ReferenceItem]] = []
        self.groups: dict[Any, CellGroup] = {}
        self.tick = 0
        self.fence = 0
        self.now = LATER
        self.schedule = stage.target.server.iserver.subscription_service.schedule
        self.schedule.now = lambda: float(self.now)

    @property
    def served(self) -> Any:
        """The server's own view of the subscription, for services at an exact moment."""
        return self._served(self.subscriber)

    def _served(self, subscriber: Subscriber) -> Any:
        return self.stage.target.server.iserver.subscription_service.subscriptions[subscriber.id]

    async def begin(self, wanted: list[dict[str, Any]]) -> None:
        """Give the variables values, and create the items."""
        for kind in KINDS:
            first = {"Boolean": False, "Int32": 0}.get(kind, 0.0)
            await self.bulk(kind, list(range(NUMBERS[kind])), [first] * NUMBERS[kind], GOOD)
        await self.write_fence()
        for options in wanted:
            request = self.subscriber.item(self.stage.cells[options["variable"]][0])
            handle = request.RequestedParameters.ClientHandle
            band = fitting_band(options["variable"], options)
            request.RequestedParameters = parameters(handle, options, band)
            request.MonitoringMode = ua.MonitoringMode(options["mode"])
            (result,) = await self.subscriber.create_items(request, timestamps=options["timestamps"])
            result.StatusCode.check()
            names = ("size", "discard_oldest", "trigger", "timestamps", "interval")
            item = ReferenceItem(handle, band=band, **{name: options[name] for name in names})
            item.set_mode(options["mode"], self.present[options["variable"]], self.now)
            self.items.append((options["variable"], result.MonitoredItemId, item))
        fence = self.subscriber.item(self.stage.cells["Int32", FENCE][0])
        fence.RequestedParameters.ClientHandle = FENCE
        await self.subscriber.create_items(fence)
        await self.publish()

    async def step(self, name: str, *arguments: Any) -> None:
        """Do it to both."""
        await getattr(self, name)(*arguments)
        await self.wait(0)

    async def wait(self, seconds: int) -> None:
        """The clock goes on, and calls who is to be called at each moment."""
        for moment in range(self.now, self.now + seconds + 1):
            self.now = moment
            self.schedule.run()
            for _, _, item in self.items:
                item.pass_time(self.now)

    async def settle(self) -> None:
        """Somebody else wants to see what has changed, and so does the subscription."""
        self.served.monitored_item_srv.settle()

    async def bulk(self, kind: str, places: list[int], contents: list[Any], status: int) -> None:
        """On the lane of numbers."""
        self.tick += 1
        stamp = to_filetime(moment(self.tick))
        cells = self.groups.get((kind, *places))
        if cells is None:
            cells = CellGroup(self.stage.cells[kind, place][1] for place in places)
            self.groups[kind, *places] = cells
        await change_together((), [Numbers(cells, ua.VariantType[kind], contents, status, stamp, stamp)])
        for place, content in zip(places, contents, strict=True):
            self.written((kind, place), Held(kind, content, status, self.tick, self.tick))

    async def single(self, kind: str, place: int, content: Any, status: int, timed: bool) -> None:
        """On the lane of DataValues."""
        self.tick += 1
        type_of = ua.VariantType.Null if content is None else ua.VariantType[kind]
        array = isinstance(content, list)
        value = data_value(
            variant(content, type_of, is_array=array),
            status_code(status),
            source=moment(self.tick) if timed else None,
            server=moment(self.tick),
        )
        await change_together([(self.stage.cells[kind, place][1], value)])
        kind_of = "Null" if content is None else kind
        self.written((kind, place), Held(kind_of, content, status, self.tick if timed else None, self.tick))

    def written(self, variable: Any, value: Held) -> None:
        """Tell the plain items."""
        self.present[variable] = value
        for watched, _, item in self.items:
            if watched == variable:
                item.written(value, self.now)

    async def mode(self, place: int, mode: int) -> None:
        """SetMonitoringMode."""
        variable, item_id, item = self.items[place % len(self.items)]
        self.served.monitored_item_srv.set_mode(ua.MonitoringMode(mode), [item_id])
        item.set_mode(mode, self.present[variable], self.now)

    async def modify(self, place: int, options: dict[str, Any]) -> None:
        """ModifyMonitoredItems: what is queued keeps its timestamps and takes the new client handle."""
        variable, item_id, item = self.items[place % len(self.items)]
        band = fitting_band(variable, options)
        request = ua.ModifyMonitoredItemsParameters(
            self.subscriber.id,
            ua.TimestampsToReturn(options["timestamps"]),
            [ua.MonitoredItemModifyRequest(item_id, parameters(item.handle + 100, options, band))],
        )
        (result,) = self.served.monitored_item_srv.modify_monitored_items(request)
        result.StatusCode.check()
        item.handle += 100
        item.trigger, item.band = options["trigger"], band
        item.timestamps = options["timestamps"]
        item.sample_every(options["interval"], self.now)
        item.resize(options["size"], discard_oldest=options["discard_oldest"])

    async def link(self, place: int, other: int) -> None:
        """SetTriggering."""
        _, item_id, item = self.items[place % len(self.items)]
        _, other_id, linked = self.items[other % len(self.items)]
        request = ua.SetTriggeringParameters(self.subscriber.id, item_id, [other_id], [])
        self.served.monitored_item_srv.set_triggering(request)
        if not any(one is linked for one in item.linked):
            item.linked.append(linked)

    async def resend(self) -> None:
        """ResendData."""
        await self.stage.target.server.iserver.subscription_service.resend(self.served)
        for variable, _, item in self.items:
            if item.mode == REPORTING:
                item.last = None
                item.sample(self.present[variable])

    async def read(self, variable: Any) -> None:
        """What a Read finds is what was written last, and the same object until it changes."""
        cell = self.stage.cells[variable][1]
        assert repr(as_held(cell.value)) == repr(self.present[variable])
        assert cell.value is cell.value

    async def visitor(self, variable: Any) -> None:
        """Another subscription comes to watch the same, or goes."""
        items = self._served(self.other).monitored_item_srv
        known = self.visitors.pop(variable, None)
        if known is not None:
            items.delete_monitored_items([known])
            return
        request = self.other.item(self.stage.cells[variable][0])
        parameters = ua.CreateMonitoredItemsParameters(self.other.id, ua.TimestampsToReturn.Both, [request])
        (result,) = items.create(parameters)
        result.StatusCode.check()
        self.visitors[variable] = result.MonitoredItemId

    async def rights(self) -> None:
        """Rights may have changed: what clients may read is asked anew."""
        self.stage.target.server.iserver.aspace.access_changed()

    async def publish(self) -> None:
        """Compare all up to the message with the fence, item by item in their order."""
        await self.write_fence()
        expected = {item.handle: item.publish() for _, _, item in self.items}
        found: dict[int, list[Held]] = {handle: [] for handle in expected}
        seen = 0
        while seen < self.fence:
            for one in changes_of(await self.subscriber.publish()):
                if one.ClientHandle == FENCE:
                    seen = one.Value.Value.Value
                else:
                    found[one.ClientHandle].append(as_held(one.Value))
        assert {handle: list(map(repr, held)) for handle, held in found.items()} == {
            handle: list(map(repr, held)) for handle, held in expected.items()
        }

    async def write_fence(self) -> None:
        """A value by which the last message is known."""
        self.fence += 1
        cell = self.stage.cells["Int32", FENCE][1]
        await change_together((), [Numbers([cell], ua.VariantType.Int32, [self.fence], GOOD, 1, 1)])


def moment(tick: int) -> datetime:
    """A tick's time."""
    return START + timedelta(milliseconds=tick)


def as_held(value: ua.DataValue) -> Held:
    """A DataValue from the wire in the reference's words."""
    content = value.Value.Value if value.Value is not None else None
    kind = value.Value.VariantType.name if value.Value is not None else "Null"
    return Held(
        kind,
        content,
        value.StatusCode.value if value.StatusCode is not None else 0,
        _tick(value.SourceTimestamp),
        _tick(value.ServerTimestamp),
    )


def _tick(stamp: datetime | None) -> int | None:
    return None if stamp is None else round((stamp.replace(tzinfo=UTC) - START) / timedelta(milliseconds=1))


def plain(place: int, mode: int = REPORTING) -> dict[str, Any]:
    """An item of which a table may have the numbers, if it reports."""
    options = {"size": 2, "discard_oldest": True, "trigger": 1, "band": 0.0, "timestamps": 2, "mode": mode}
    return {"variable": ("Double", place), "interval": 0, **options}


def sampled(place: int) -> dict[str, Any]:
    """One with a sampling interval."""
    return {**plain(place), "interval": 10}


def both(value: float) -> tuple[Any, ...]:
    """A change of two numbers."""
    return "bulk", "Double", [0, 1], [value, value], GOOD


@example([plain(0), plain(1, SAMPLING)], [both(1.0), ("publish",), ("link", 0, 1), both(2.0), both(3.0)])
@example([plain(0), plain(1)], [both(1.0), ("publish",), ("modify", 0, plain(0)), both(2.0), both(3.0)])
@example(
    [plain(0), plain(1)], [both(1.0), both(2.0), both(3.0), ("publish",), both(4.0), ("rights",), both(5.0)]
)
@example(
    [plain(0), sampled(1), sampled(1)],
    [both(1.0), ("wait", 1), both(2.0), ("wait", 12), both(3.0), ("visitor", ("Double", 1)), ("wait", 12)],
)
@example(
    [plain(0), sampled(1)],
    [both(1.0), both(2.0), ("publish",), both(3.0), ("wait", 3), ("rights",), ("wait", 9), ("settle",)],
)
@example([plain(0), plain(1)], [both(1.0), ("publish",), both(2.0), both(1.0), ("publish",), both(1.0)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ITEMS, min_size=1, max_size=6), STEPS)
def test_what_a_client_gets_is_what_plain_items_would_send(
    stage: Stage, wanted: list[dict[str, Any]], steps: list[tuple[Any, ...]]
) -> None:
    """Triggers, dead bands, sampling, modes, links, queues, overflow, timestamps, in bulk and one by one."""

    async def history() -> None:
        async with stage.target.session() as client:
            other = await Subscriber.create(client, 1e6)
            told = History(stage, await Subscriber.create(client, 10.0), other)
            await told.begin(wanted)
            for step in [*steps, ("publish",)]:
                await told.step(*step)
            await client.call(ua.CloseSessionRequest())

    stage.runner.run(history())
