"""Browse in bites, browse paths and registered nodes.

Source: OPC UA Part 4, 5.9.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from structlog.testing import capture_logs

from opcua_ml.opcua.trust import Limits
from opcua_ml.opcua.trust.ground.ua_values import node_id
from tests.adversary.wire import ServiceFaulted
from tests.integration.trust.requests import browse, browse_next, read_code, refused
from tests.integration.trust.target import Target, started, weak_in_asyncua

pytestmark = pytest.mark.asyncio(loop_scope="module")
Code = StatusCodes
_ua: Any = ua
OBJECTS = node_id(ObjectIds.ObjectsFolder)


@weak_in_asyncua
async def test_a_browse_is_given_in_bites(target: Target) -> None:
    """At most as many references as asked for; BrowseNext brings the rest, each once and in order."""
    async with target.session() as client:
        whole = [reference.NodeId for reference in (await browse(client, target.id("pump"))).References]
        result = await browse(client, target.id("pump"), most=3)
        assert len(result.References) == 3
        seen = list(result.References)
        while result.ContinuationPoint:
            (result,) = await browse_next(client, result.ContinuationPoint)
            assert len(result.References) <= 3
            seen += result.References
        assert [reference.NodeId for reference in seen] == whole


@weak_in_asyncua
async def test_a_continuation_point_serves_its_own_session_and_once(target: Target) -> None:
    """Foreign, used and released points are BadContinuationPointInvalid."""
    async with target.session() as client, target.session() as stranger:
        point = (await browse(client, target.id("pump"), most=1)).ContinuationPoint
        invalid = Code.BadContinuationPointInvalid
        assert (await browse_next(stranger, point))[0].StatusCode.value == invalid
        (result,) = await browse_next(client, point)
        assert result.StatusCode.is_good()
        assert (await browse_next(client, point))[0].StatusCode.value == invalid
        assert (await browse_next(client, result.ContinuationPoint, release=True))[0].StatusCode.is_good()
        assert (await browse_next(client, result.ContinuationPoint))[0].StatusCode.value == invalid
        assert (await browse_next(client, b"nonsense"))[0].StatusCode.value == invalid


async def test_continuation_points_are_capped() -> None:
    """Past the cap a browse says BadNoContinuationPoints; released points make room."""
    async with started("plant", Limits(max_browse_continuation_points=2)) as plant, plant.session() as client:
        points = [(await browse(client, plant.id("pump"), most=1)).ContinuationPoint for _ in range(2)]
        assert (
            await browse(client, plant.id("pump"), most=1)
        ).StatusCode.value == Code.BadNoContinuationPoints
        await browse_next(client, points[0], release=True)
        assert (await browse(client, plant.id("pump"), most=1)).ContinuationPoint


async def test_the_server_bites_too_when_the_client_does_not() -> None:
    """max_references_per_node holds without RequestedMaxReferencesPerNode."""
    async with started("plant", Limits(max_references_per_node=4)) as plant, plant.session() as client:
        result = await browse(client, plant.id("pump"))
        assert len(result.References) == 4
        assert result.ContinuationPoint


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"BrowseDirection": 7}, Code.BadBrowseDirectionInvalid),
        ({"ReferenceTypeId": node_id(ObjectIds.Server)}, Code.BadReferenceTypeIdInvalid),
        ({"ReferenceTypeId": node_id("nothing", 2)}, Code.BadReferenceTypeIdInvalid),
        ({"NodeId": node_id("nothing", 2)}, Code.BadNodeIdUnknown),
    ],
    ids=str,
)
@weak_in_asyncua
async def test_a_browse_that_makes_no_sense_says_why(
    target: Target, fields: dict[str, Any], code: int
) -> None:
    """Direction, reference type and node are checked."""
    async with target.session() as client:
        assert (await browse(client, OBJECTS, **fields)).StatusCode.value == code


async def test_an_unknown_view_is_refused(plant: Target) -> None:
    """BadViewIdUnknown for the whole request; a node that is no View is none."""
    async with plant.session() as client:
        request = ua.BrowseRequest()
        request.Parameters.NodesToBrowse = [ua.BrowseDescription(NodeId=OBJECTS)]
        for view in (node_id("nothing", 2), OBJECTS, plant.id("speed")):
            request.Parameters.View.ViewId = view
            assert await refused(client, request) == Code.BadViewIdUnknown


@weak_in_asyncua
async def test_only_the_fields_asked_for_are_filled(target: Target) -> None:
    """ResultMask leaves the others null."""
    async with target.session() as client:
        result = await browse(client, target.id("pump"), ResultMask=int(ua.BrowseResultMask.BrowseName))
        for reference in result.References:
            assert reference.BrowseName.Name
            assert reference.ReferenceTypeId.is_null()
            assert not reference.DisplayName.Text
            assert reference.NodeClass == ua.NodeClass.Unspecified


async def test_subtypes_of_a_reference_type_are_followed_when_asked(plant: Target) -> None:
    """IncludeSubtypes, directions and node classes filter as they say."""
    hierarchical = node_id(ObjectIds.HierarchicalReferences)
    async with plant.session() as client:
        with_subtypes = await browse(client, plant.id("pump"), ReferenceTypeId=hierarchical)
        assert with_subtypes.References
        alone = await browse(client, plant.id("pump"), ReferenceTypeId=hierarchical, IncludeSubtypes=False)
        assert not alone.References
        methods = await browse(client, plant.id("pump"), NodeClassMask=int(ua.NodeClass.Method))
        assert {reference.NodeClass for reference in methods.References} == {ua.NodeClass.Method}
        up = await browse(client, plant.id("pump"), BrowseDirection=ua.BrowseDirection.Inverse)
        assert [reference.NodeId for reference in up.References] == [OBJECTS]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["Pump", "speed"], Code.Good),
        (["Pump", "nothing"], Code.BadNoMatch),
        ([""], Code.BadBrowseNameInvalid),
        ([], Code.BadNothingToDo),
        (["x"] * 500, Code.BadTooManyOperations),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, list) else str(value),
)
async def test_browse_paths_lead_to_their_nodes(plant: Target, names: list[str], code: int) -> None:
    """Or say why they lead nowhere; very long ones are not walked."""
    async with plant.session() as client:
        request = ua.TranslateBrowsePathsToNodeIdsRequest()
        reference = node_id(ObjectIds.HierarchicalReferences)
        elements = [
            _ua.RelativePathElement(reference, False, True, ua.QualifiedName(name, plant.index))
            for name in names
        ]
        request.Parameters.BrowsePaths = [ua.BrowsePath(OBJECTS, ua.RelativePath(elements))]
        result = (await client.call(request)).Results[0]
        assert result.StatusCode.value == code
        if code == Code.Good:
            assert [target.TargetId for target in result.Targets] == [plant.id("speed")]


async def test_registered_nodes_are_the_nodes(plant: Target) -> None:
    """RegisterNodes gives ids that work; unknown nodes are refused."""
    async with plant.session() as client:
        request = ua.RegisterNodesRequest()
        request.Parameters.NodesToRegister = [plant.id("speed")]
        assert (await client.call(request)).Parameters.RegisteredNodeIds == [plant.id("speed")]
        request.Parameters.NodesToRegister = [plant.id("speed"), node_id("nothing", 2)]
        assert await refused(client, request) == Code.BadNodeIdUnknown


async def test_browsing_goes_on_while_nodes_come_and_go(plant: Target) -> None:
    """Promotions during a full browse: every answer is whole, nothing is shown that is gone."""
    folder = await plant.nodes["other"].add_folder(plant.index, "Versions")

    async def promote() -> None:
        for number in range(100):
            node = await folder.add_variable(plant.index, f"version{number}", number)
            if number % 2:
                await plant.server.delete_nodes([node])
            await asyncio.sleep(0)

    promoting = asyncio.ensure_future(promote())
    async with plant.session() as client:
        while not promoting.done():
            result = await browse(client, folder.nodeid, most=5)
            while result.ContinuationPoint:
                (result,) = await browse_next(client, result.ContinuationPoint)
                assert result.StatusCode.is_good()
        await promoting
        names = {reference.BrowseName.Name for reference in (await browse(client, folder.nodeid)).References}
        assert names >= {f"version{number}" for number in range(0, 100, 2)}
        assert not names & {f"version{number}" for number in range(1, 100, 2)}


async def test_a_response_that_fits_no_encoding_is_refused_with_one_line_in_the_log() -> None:
    """BadEncodingError each time; the reason once, and no traceback. The connection goes on."""
    async with started("plant") as plant, plant.session() as client:
        pump = plant.server.iserver.aspace[plant.id("pump")]
        name = _ua.QualifiedName("name", 1)
        object.__setattr__(name, "NamespaceIndex", 70_000)
        for reference in pump.references:
            reference.BrowseName = name
        with capture_logs() as lines:
            for _ in range(3):
                with pytest.raises(ServiceFaulted) as fault:
                    await browse(client, plant.id("pump"))
                assert fault.value.code == Code.BadEncodingError
        (line,) = (line for line in lines if line["event"] == "response can't be encoded")
        assert line["response"] == "BrowseResponse"
        assert "exc_info" not in line
        assert await read_code(client, plant.id("speed")) == 0
