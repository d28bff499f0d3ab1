"""A search for a rare event in a long archive: each call ends before its client gives it up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.common.events import Event
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.history.event_content import EventContent
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.trust.services import attribute_set
from tests.integration.history.site import at, opened_site
from tests.integration.history.test_history_read import severe
from tests.integration.server.stage import FLOW, card, flow
from tests.unit.history.stores import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.application.history.record import EventRecord

EVENTS, RARE = 8_000, 7_990
SERVER = standard_id(ObjectIds.Server)


def recorded(number: int, content: EventContent) -> EventRecord:
    """An event of the Server; one of them is severe."""
    event = Event(SERVER)
    event.add_property("Time", at(number), ua.VariantType.DateTime)
    event.add_property("EventType", standard_id(ObjectIds.BaseEventType), ua.VariantType.NodeId)
    event.add_property("Severity", 900 if number == RARE else 100, ua.VariantType.UInt16)
    return content.record((event, [SERVER]), at(number))


@pytest.mark.parametrize("nodes", [1, 4])
async def test_a_rare_event_is_found_in_calls_that_end_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: int
) -> None:
    """All nodes of a request share the time that the client waits; what is not done is gone on with."""
    monkeypatch.setattr(attribute_set, "SHARE", 0.001)  # of the client's thirty seconds
    store = SqliteStore(tmp_path)
    writer = store.writer()
    writer.open()
    content = EventContent(list)
    writer.append(1, [recorded(number, content) for number in range(EVENTS)])
    writer.close()
    async with opened_site(store.writer(), store.reader()) as site:
        await site.stage.show(card("pumping", FLOW), flow)
        await site.shown.tell_events()
        request = ua.HistoryReadRequest()
        request.Parameters.HistoryReadDetails = ua.ReadEventDetails(0, at(0), at(EVENTS), severe(500))
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.ReleaseContinuationPoints = False
        found: list[list[Any]] = [[] for _ in range(nodes)]
        points: dict[int, bytes | None] = dict.fromkeys(range(nodes))
        longest, calls = 0.0, 0
        while points:
            wanted = [ua.HistoryReadValueId(NodeId=SERVER, ContinuationPoint=one) for one in points.values()]
            request.Parameters.NodesToRead = wanted
            began = time.monotonic()
            results = await site.client.uaclient.history_read(request.Parameters)
            longest, calls = max(longest, time.monotonic() - began), calls + 1
            for place, result in zip(tuple(points), results, strict=True):
                result.StatusCode.check()
                found[place] += [one.EventFields[0].Value for one in result.HistoryData.Events]
                points[place] = result.ContinuationPoint
                if not result.ContinuationPoint:
                    del points[place]
        assert found == [[900]] * nodes
        assert calls > 1
        assert longest < 2.0


@pytest.mark.parametrize(("hint", "wanted"), [(0, 30.0), (4_000, 3.0), (3_600_000, 30.0), (1, 0.00075)])
def test_the_time_of_a_read_is_that_of_its_client(hint: int, wanted: float) -> None:
    """Three quarters of its TimeoutHint, and never longer than half a minute."""
    assert attribute_set.seconds_for_history(hint) == wanted
