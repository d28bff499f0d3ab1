"""docs/address-space.md tells of nodes that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.domain.status import Status
from opcua_ml.runtime.package.package import open_package
from tests.integration.server.stage import card, read

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

PAGE = Path(__file__).resolve().parents[3] / "docs" / "address-space.md"


async def test_every_node_that_the_page_names_exists(stage: Stage, client: Client) -> None:
    """The examples can be copied."""
    await stage.show(open_package(bundled.model("pump_fault")).card)
    named = set(re.findall(r"`s=([^`]+)`", PAGE.read_text(encoding="utf-8")))
    missing = [path for path in named if (await read(client, path)).status == Status.BadNodeIdUnknown]
    assert len(named) > 5
    assert missing == []


async def test_the_tree_on_the_page_is_the_tree(stage: Stage, client: Client) -> None:
    """Every part of a model that the page draws is a child of the model, and none is left out.

    What is there only under a condition («where …») is not looked for: the model meets none.
    """
    await stage.show(card("pump_fault"))
    tree = PAGE.read_text(encoding="utf-8").split("```")[1]
    always = "\n".join(line for line in tree.splitlines() if " where " not in line) + "\n"
    drawn = set(re.findall(r"│     [├└]─ ([\w, ]+?)(?:/|  |\n)", always))
    parts = {part for line in drawn for part in line.split(", ")}
    model = await client.nodes.objects.get_child(["2:MachineLearning", "2:Models", "3:pump_fault"])
    assert parts == {one.BrowseName.Name for one in await model.get_children_descriptions()}
