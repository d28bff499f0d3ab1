"""What displays are told of inputs and outputs, by package and configuration, and by the PLC's tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.details import TagDetails, ToldDetails, with_details
from opcua_ml.domain.signature import Input, Output, OutputRole, Range, Signature, Window, WindowStatistic
from opcua_ml.opcua.space.standard import ANALOG_UNIT_RANGE_TYPE, ANALOG_UNIT_TYPE
from tests.integration.server.stage import card, flow, opened, read, site_node, type_of, value

if TYPE_CHECKING:
    from tests.integration.server.stage import Stage
    from tests.patient_client import Client

TOLD = ToldDetails(
    display_name={"en": "Flow", "de": "Durchfluss"},
    instrument_range=(-10.0, 300.0),
    value_precision=1.0,
    definition="meter A",
)
SUM = Signature((with_details(Input("flow", unit="MQH"), TOLD), Input("level")), (Output("sum"),))
WITHOUT = Signature((Input("flow", unit="MQH"), Input("level")), (Output("sum"),))


async def _properties(client: Client, path: str) -> set[str]:
    properties = await (await site_node(client, path)).get_properties()
    return {(await one.read_browse_name()).Name for one in properties}


async def test_details_are_properties_of_the_variable(stage: Stage, client: Client) -> None:
    """With the types of Part 8, 5.3; the DisplayName is what the package says, the BrowseName stays."""
    await stage.show(card("detailed", SUM), flow)
    path = "detailed.Inputs.flow"
    node = await site_node(client, path)
    assert (await node.read_browse_name()).Name == "flow"
    assert (await node.read_display_name()).Text == "Flow"
    span = await value(client, f"{path}.InstrumentRange")
    assert (span.Low, span.High) == (-10.0, 300.0)
    precision = await read(client, f"{path}.ValuePrecision")
    assert (precision.value, precision.kind) == (1.0, ua.VariantType.Double)
    assert await value(client, f"{path}.Definition") == "meter A"
    assert await _properties(client, "detailed.Inputs.level") == {"EngineeringUnits", "Source"}


async def test_a_version_may_bring_and_take_details(stage: Stage, client: Client) -> None:
    """They are description, and follow the version that predicts."""
    first = card("redetailed", WITHOUT)
    await stage.show(first, flow)
    path = "redetailed.Inputs.flow"
    assert await _properties(client, path) == {"EngineeringUnits", "Source"}
    await stage.show(replace(first, version="1.1.0", signature=SUM), flow)
    assert {"InstrumentRange", "ValuePrecision", "Definition"} <= await _properties(client, path)
    assert (await (await site_node(client, path)).read_display_name()).Text == "Flow"
    await stage.show(replace(first, version="1.2.0"), flow)
    assert await _properties(client, path) == {"EngineeringUnits", "Source"}
    assert (await (await site_node(client, path)).read_display_name()).Text == "flow"


async def test_a_reduced_window_says_what_it_is(stage: Stage, client: Client) -> None:
    """Nobody has to tell how the statistic of a window comes about."""
    mean = Input("flow", window=Window(60, statistic=WindowStatistic.MEAN))
    await stage.show(card("reduced", Signature((mean, Input("level")), (Output("sum"),))), flow)
    assert await value(client, "reduced.Inputs.flow.Definition") == "the mean of the last 60 s"


async def test_classes_have_their_names_for_displays(stage: Stage, client: Client) -> None:
    """EnumStrings and ValueAsText; what methods answer are the class names of the package."""
    names = ToldDetails(category_names={"en": ("fine", "leaking"), "de": ("heil", "undicht")})
    label = with_details(Output("label", OutputRole.LABEL, categories=("none", "leak")), names)
    shown = card("named", Signature((Input("flow"), Input("level")), (label,)))
    await stage.show(shown, lambda row: (int(float(row[0]) > 0),))  # type: ignore[arg-type]
    await stage.publish("named", (1.0, 0.0))
    assert [one.Text for one in await value(client, "named.Outputs.label.EnumStrings")] == ["fine", "leaking"]
    assert (await value(client, "named.Outputs.label.ValueAsText")).Text == "leaking"


async def test_a_plcs_tag_tells_where_nobody_else_does(stage: Stage, client: Client) -> None:
    """Unit and range too; a second telling takes its place, and another version keeps it."""
    shown = card("tagged", WITHOUT)
    await stage.show(shown, flow)
    describe = stage.server.describe_input
    level = "tagged.Inputs.level"
    assert await type_of(await site_node(client, level)) == ANALOG_UNIT_TYPE
    told = TagDetails("MTR", Range(0.0, 4.0), Range(0.0, 5.0), 3.0, "gauge 7")
    await describe("tagged", "level", told)
    assert await type_of(await site_node(client, level)) == ANALOG_UNIT_RANGE_TYPE
    assert (await value(client, f"{level}.EngineeringUnits")).DisplayName.Text == "m"
    assert (await value(client, f"{level}.EURange")).High == 4.0
    assert (await value(client, f"{level}.InstrumentRange")).High == 5.0
    assert await value(client, f"{level}.Definition") == "gauge 7"
    await stage.show(replace(shown, version="1.1.0"), flow)
    assert await value(client, f"{level}.ValuePrecision") == 3.0
    await describe("tagged", "level", TagDetails(definition="gauge 8"))
    assert await value(client, f"{level}.Definition") == "gauge 8"
    assert await _properties(client, level) == {"EngineeringUnits", "Source", "Definition"}
    assert await type_of(await site_node(client, level)) == ANALOG_UNIT_TYPE


async def test_a_plcs_tag_changes_nothing_that_is_known(stage: Stage, client: Client) -> None:
    """Nor what is not shown at all."""
    await stage.show(card("known", SUM), flow)
    for model, name in (("known", "flow"), ("known", "no input"), ("nobody", "flow")):
        await stage.server.describe_input(model, name, TagDetails("LTR", None, Range(0.0, 1.0), 5.0, "B"))
    assert (await value(client, "known.Inputs.flow.EngineeringUnits")).DisplayName.Text == "m³/h"
    assert await value(client, "known.Inputs.flow.Definition") == "meter A"
    node = await site_node(client, "known.Inputs.flow")
    assert opened(await node.read_attribute(AttributeIds.ValueRank)).value == -1
