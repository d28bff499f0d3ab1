"""Export: a running server's instances as NodeSet2, and its tags as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from opcua_ml.opcua.export.exported_space import collect
from opcua_ml.opcua.export.node_set import node_set
from opcua_ml.opcua.export.tag_table import as_csv, tags
from tests.integration.server.stage import PUMP, SITE, card, utc
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from opcua_ml.opcua.export.exported_space import ExportedSpace
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client


async def exported(stage: Stage, client: Client, model: str) -> ExportedSpace:
    """What a client reads of a server with this model."""
    await stage.show(card(model, PUMP))
    return await collect(client.uaclient.session, await client.get_namespace_index(SITE))


async def test_the_file_is_valid_and_has_every_node_of_the_site(stage: Stage, client: Client) -> None:
    """Against UANodeSet.xsd; each node with type and name, properties with their values."""
    space = await exported(stage, client, "exported_file")
    text = node_set(space, "1.2.0", utc(stage.clock.now()))
    document = etree.fromstring(text.encode())
    etree.XMLSchema(etree.parse(OFFICIAL / "Schema" / "UANodeSet.xsd")).assertValid(document)
    found = {element.get("NodeId"): element for element in document if element.get("NodeId")}
    assert len(found) == len(space.nodes)
    span = found["ns=1;s=exported_file.Inputs.flow.EURange"]
    assert [item.text for item in span.iter() if item.tag.endswith(("}Low", "}High"))] == ["0.0", "120.0"]
    arguments = found["ns=1;s=exported_file.Predict.InputArguments"]
    names = [item.text for item in arguments.iter() if item.tag.endswith("}Name")]
    assert names == ["flow", "running", "mode", "current"]
    assert found["ns=1;s=exported_file.Outputs.power"].find("{*}Value") is None


async def test_what_xml_can_t_hold_is_replaced(stage: Stage, client: Client) -> None:
    """A description of a package, or what a PLC tells, may have any character."""
    await stage.show(replace(card("odd", PUMP), description=f"{chr(0)}Pump{chr(1)} \ufffe"))
    space = await collect(client.uaclient.session, await client.get_namespace_index(SITE))
    document = etree.fromstring(node_set(space, "1.2.0", utc(stage.clock.now())).encode())
    texts = [element.text for element in document.iter("{*}Description")]
    assert "\ufffdPump\ufffd \ufffd" in texts


async def test_the_table_tells_a_scada_system_what_it_asks(stage: Stage, client: Client) -> None:
    """Address, type, unit, range, access, states and meaning of each tag; properties are no tags."""
    space = await exported(stage, client, "exported_tags")
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(as_csv(tags(space))))}
    flow = rows["MachineLearning.Models.exported_tags.Inputs.flow"]
    assert flow["stable_id"] == f"nsu={SITE};s=exported_tags.Inputs.flow"
    assert flow["node_id"] == f"ns={space.index};s=exported_tags.Inputs.flow"
    told = [flow[key] for key in ("data_type", "array", "access", "unit", "unit_code", "low", "high")]
    assert told == ["Double", "0", "R", "m³/h", "MQH", "0", "120"]
    assert flow["description"] == "Flow at the outlet"
    fault = rows["MachineLearning.Models.exported_tags.Outputs.fault"]
    assert fault["states"] == "0=none; 1=cavitation; 2=worn bearing"
    assert not any("EURange" in path for path in rows)
