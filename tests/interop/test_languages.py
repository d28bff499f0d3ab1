"""A client of another stack that reads in German: names, values, changes and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.integration.alarms.desk import AlarmStage, opened_stage
from tests.integration.server.stage import SITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.interop.node_process import NodeProcess


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[AlarmStage]:
    """A server with alarms."""
    async with opened_stage() as opened:
        yield opened


async def test_names_values_and_alarms_are_in_the_clients_language(
    stage: AlarmStage, ua_client: NodeProcess, certificates: Path
) -> None:
    """Of a region whose language is there; what operators are told is a German sentence."""
    desk = await stage.desk(high={"high": 0.6})
    await ua_client.request("connect", endpoint=stage.url, folder=str(certificates), locales=["de-AT", "en"])
    model = f"nsu={SITE};s={desk.model}"
    shown = {one["browse_name"]: one["display_name"] for one in await ua_client.request("walk", node=model)}
    assert shown["Outputs"] == "Ausgänge"
    assert shown["score"] == "score"
    (state,) = await ua_client.request("read", nodes=[f"{model}.State.CurrentState"])
    assert (state["value"]["locale"], state["value"]["text"]) in {("de", "Lädt"), ("de", "Bereit")}
    (words,) = await ua_client.request("read", nodes=[f"{model}.Outputs"], attribute="Description")
    assert words["value"]["text"] == "Was das Modell daraus gemacht hat."
    await ua_client.request("watch_alarms")
    await desk.score(0.7)
    while True:
        told = await ua_client.event(event="alarm")
        if told["active"] and told["conditionName"] == "high":
            break
    assert told["message"] == {
        **told["message"],
        "locale": "de",
        "text": "score ist 0.7, über der Grenze (hoch) von 0.6",
    }
    await ua_client.request("unwatch_alarms")
