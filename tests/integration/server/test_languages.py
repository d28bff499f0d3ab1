"""Every session reads in its own language (OPC UA Part 4, 5.4 and 5.6.3; Part 3, 8.4)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.state import ModelState
from opcua_ml.domain.wording import Wording
from tests.integration.server.stage import SITE, card, site_node, value
from tests.integration.server.walk import walk
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.server.stage import Stage

MADE_OF_IT = {"en": "What the model made of it.", "de": "Was das Modell daraus gemacht hat."}


@pytest.fixture
def stage(plant_stage: Stage) -> Stage:
    """The server that knows of languages."""
    return plant_stage


@asynccontextmanager
async def speaking(stage: Stage, *locales: str) -> AsyncIterator[Client]:
    """A client that prefers these languages."""
    client = Client(stage.server.url)
    client.set_locale(locales)
    async with client:
        yield client


async def told(client: Client, path: str, attribute: AttributeIds) -> tuple[str | None, str | None]:
    """Locale and text of an attribute."""
    held: Any = await (await site_node(client, path)).read_attribute(attribute)
    found = held.Value.Value
    return found.Locale, found.Text


class Heard:
    """Values of one node as they come."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[Any] = asyncio.Queue(maxsize=100)

    def datachange_notification(self, _node: object, heard: Any, _data: object) -> None:
        """Keep it."""
        self.values.put_nowait(heard)

    async def next(self) -> Any:
        """The next one."""
        async with asyncio.timeout(10):
            return await self.values.get()


async def test_names_and_descriptions_are_in_the_sessions_language(stage: Stage) -> None:
    """In Read and in Browse alike; BrowseNames stay."""
    await stage.show(card("spoken"))
    for locales, locale, name in (
        ((), "en", "Outputs"),
        (("en",), "en", "Outputs"),
        (("de",), "de", "Ausgänge"),
        (("de-AT", "en"), "de", "Ausgänge"),
        (("fr", "de"), "de", "Ausgänge"),
        (("fr",), "en", "Outputs"),
    ):
        async with speaking(stage, *locales) as client:
            assert await told(client, "spoken.Outputs", AttributeIds.DisplayName) == (locale, name)
            _, words = await told(client, "spoken.Outputs", AttributeIds.Description)
            assert words == MADE_OF_IT[locale]
            children = await (await site_node(client, "spoken")).get_children_descriptions()
            found = {one.BrowseName.Name: one.DisplayName for one in children}
            assert (found["Outputs"].Locale, found["Outputs"].Text) == (locale, name)


async def test_the_languages_are_told(stage: Stage) -> None:
    """Those of our own texts at least, the default first."""
    async with speaking(stage) as client:
        array = client.get_node(ObjectIds.Server_ServerCapabilities_LocaleIdArray)
        assert (await array.read_value())[:2] == ["en", "de"]


async def test_everything_fixed_has_a_german_name_and_description(stage: Stage) -> None:
    """All instances but what the site or the model named, and all types."""
    await stage.show(card("translated", description=Wording("A pump.", {"de": "Eine Pumpe."})))
    async with speaking(stage, "de") as client:
        site = await client.get_namespace_index(SITE)
        found = await walk(client, await site_node(client, "translated"), site)
        assert len(found) > 100
        english = []
        for one in found:
            names = [one.reference.DisplayName]
            if one.reference.BrowseName.NamespaceIndex == site:
                names = []
            (described,) = await one.node.read_attributes([AttributeIds.Description])
            english += [
                f"{one.path}: {words.Text}"
                for words in (*names, described.Value.Value)  # type: ignore[union-attr]
                if words.Locale != "de"
            ]
        own = ("Flow at the outlet", "Power drawn")
        assert [one for one in english if not one.endswith(own)] == []


async def test_types_are_told_in_german_too(stage: Stage) -> None:
    """With their enumerations' fields, definitions and units."""
    async with speaking(stage, "de") as client:
        types = await client.get_namespace_index("urn:opcua-ml:UA")
        kind = client.get_node(ua.NodeId(ua.Int32(3002), ua.Int16(types)))
        assert (await kind.read_display_name()).Text == "Aufzählung der Modellzustände"
        strings = await kind.get_child("0:EnumStrings")
        assert [one.Text for one in await strings.read_value()][:2] == ["Lädt", "Bereit"]
        definition: Any = await kind.read_data_type_definition()
        assert [field.DisplayName.Text for field in definition.Fields][:2] == ["Lädt", "Bereit"]
        assert [field.Name for field in definition.Fields][:2] == ["Loading", "Ready"]


async def test_values_are_in_the_sessions_language(stage: Stage) -> None:
    """Names of states, units, texts of Booleans, and arguments of methods."""
    await stage.show(card("valued"))
    async with speaking(stage, "de") as client:
        assert (await value(client, "valued.State.CurrentState")).Text in {"Lädt", "Bereit"}
        unit = await value(client, "valued.Inputs.flow.EngineeringUnits")
        assert (unit.DisplayName.Text, unit.Description.Text) == ("m³/h", "Kubikmeter pro Stunde")
        assert (await value(client, "valued.Outputs.anomaly.TrueState")).Text == "Anomalie"
        arguments = await value(client, "valued.Predict.InputArguments")
        assert arguments[0].Description.Text == "Flow at the outlet; Einheit m³/h; Bereich 0 bis 120"
    async with speaking(stage) as client:
        arguments = await value(client, "valued.Predict.InputArguments")
        assert arguments[0].Description.Text == "Flow at the outlet; unit m³/h; range 0 to 120"


async def test_what_one_session_read_is_not_kept_for_another(stage: Stage) -> None:
    """The same Read again and again, in turns: each has its own language, however often it comes."""
    await stage.show(card("turns"))
    async with speaking(stage, "de") as german, speaking(stage, "en") as english:
        for _ in range(4):
            for client, word in ((german, "Anomalie"), (english, "anomaly")):
                assert (await value(client, "turns.Outputs.anomaly.TrueState")).Text == word


async def test_a_session_can_change_its_language(stage: Stage) -> None:
    """With the next ActivateSession; without languages those before stay (Part 4, 5.6.3.2)."""
    await stage.show(card("changing"))
    async with speaking(stage, "de") as client:
        path = "changing.Outputs.anomaly.TrueState"
        heard = Heard()
        subscription = await client.create_subscription(20, heard)
        await subscription.subscribe_data_change(await site_node(client, path))
        assert (await heard.next()).Text == "Anomalie"
        for locales, word in (((), "Anomalie"), (("en",), "anomaly"), (("de",), "Anomalie")):
            client.set_locale(locales)
            await client.activate_session()
            assert (await value(client, path)).Text == word
            if locales:
                assert (await heard.next()).Text == word
        assert heard.values.empty()


async def test_notifications_are_in_the_subscribers_language(stage: Stage) -> None:
    """Of one change, told to several at once."""
    model = await stage.show(card("told"))
    async with speaking(stage, "de") as german, speaking(stage) as english:
        heard = {}
        for client in (german, english):
            heard[client] = Heard()
            subscription = await client.create_subscription(20, heard[client])
            await subscription.subscribe_data_change(await site_node(client, "told.State.CurrentState"))
        first = [(await heard[client].next()).Text for client in (german, english)]
        assert first in (["Lädt", "Loading"], ["Bereit", "Ready"])
        await stage.server.publisher.publish_state(model.name, ModelState.Paused, "")
        assert [(await heard[client].next()).Text for client in (german, english)] == ["Angehalten", "Paused"]


async def test_mul_tells_all_languages_at_once(stage: Stage) -> None:
    """For tools that keep them all (Part 4, 5.4)."""
    await stage.show(card("mul"))
    async with speaking(stage, "mul") as client:
        found = await told(client, "mul.Outputs", AttributeIds.DisplayName)
        assert found == ("mul", '{"t":[["en","Outputs"],["de","Ausgänge"]]}')
