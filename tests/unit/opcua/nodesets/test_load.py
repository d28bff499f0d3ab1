"""Files put into an address space: values, structures, references, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua import ua_binary

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets import load_node_sets
from opcua_ml.opcua.nodesets.document import read_document
from opcua_ml.opcua.trust.server import PlantServer
from tests.unit.opcua.nodesets.files import COMPANIONS, OFFICIAL, model, node_set, variable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STRUCTURE = """
<UADataType NodeId="ns=1;i=1" BrowseName="1:Base"><DisplayName>Base</DisplayName><References>
<Reference ReferenceType="HasSubtype" IsForward="false">i=22</Reference></References>
<Definition Name="1:Base"><Field Name="Id" DataType="i=12"/></Definition></UADataType>
<UADataType NodeId="ns=1;i=2" BrowseName="1:Part"><DisplayName>Part</DisplayName><References>
<Reference ReferenceType="HasSubtype" IsForward="false">ns=1;i=1</Reference>
<Reference ReferenceType="HasEncoding">ns=1;i=3</Reference></References>
<Definition Name="1:Part"><Field Name="Weights" DataType="i=11" ValueRank="1"/>
<Field Name="Note" DataType="i=21" IsOptional="true"/><Field Name="Count" DataType="i=7" IsOptional="true"/>
</Definition></UADataType>
<UAObject NodeId="ns=1;i=3" BrowseName="Default Binary"><DisplayName>Default Binary</DisplayName><References>
<Reference ReferenceType="HasTypeDefinition">i=76</Reference></References></UAObject>"""
VALUE = """<uax:ExtensionObject><uax:TypeId><uax:Identifier>ns=1;i=3</uax:Identifier></uax:TypeId><uax:Body>
<Part xmlns="urn:test:a"><Id>P-7</Id><Weights><uax:Double>1.5</uax:Double>
<uax:Double>-INF</uax:Double></Weights>
<Count>7</Count></Part></uax:Body></uax:ExtensionObject>"""


async def server() -> PlantServer:
    """With the standard's nodes."""
    made = PlantServer()
    await made.init()
    return made


async def refusals(folder: Path, cases: Iterable[tuple[str, str]]) -> None:
    """See that one server refuses the nodes of each case with the text that stands beside them."""
    found = await server()
    for number, (nodes, told) in enumerate(cases):
        index = len(await found.get_namespace_array())
        path = node_set(folder, f"a{number}", model(f"urn:test:a{number}"), nodes)
        with pytest.raises(ConfigurationError) as refused:
            await load_node_sets(found, [path])
        text = str(refused.value).replace(f"ns={index};", "ns=2;")
        assert text.startswith(f"{path}: "), text
        assert told in text


async def read(found: PlantServer, text: str) -> ua.Variant:
    """The value of a node."""
    return (await found.get_node(text).read_data_value()).Value  # type: ignore[return-value]


async def test_official_companion_specifications_load_wholly_in_any_order() -> None:
    """Machinery/Result among them: every node, every value encodes, every reference leads somewhere."""
    found = await server()
    before = set(found.iserver.aspace.nodes())
    documents = [read_document(OFFICIAL / name) for name in COMPANIONS]
    await load_node_sets(found, [document.path for document in documents])
    nodes = found.iserver.aspace.nodes()
    metadata = {node for node in nodes if str(node.Identifier).startswith("Namespaces/")}
    assert len(nodes.keys() - before - metadata) == sum(len(document.nodes) for document in documents)
    for node_id in nodes.keys() - before:
        for held in nodes[node_id].attributes.values():
            assert held.value is not None
            ua_binary.struct_to_binary(held.value)
        for reference in nodes[node_id].references:
            assert reference.NodeId in nodes


async def test_the_same_file_has_other_indices_in_another_server(tmp_path: Path) -> None:
    """NodeIds, BrowseNames, data types and values follow the server's namespaces."""
    found = await server()
    await found.register_namespace("urn:test:other")
    parts = "<uax:NamespaceIndex>1</uax:NamespaceIndex><uax:Name>N</uax:Name>"
    name = f"<uax:QualifiedName>{parts}</uax:QualifiedName>"
    node = "<uax:NodeId><uax:Identifier>ns=1;i=8</uax:Identifier></uax:NodeId>"
    nodes = variable("ns=1;i=8", "Name", "i=20", name) + variable("ns=1;i=9", "Node", "i=17", node)
    indices = await load_node_sets(found, [node_set(tmp_path, "a", model("urn:test:a"), nodes)])
    index = indices["urn:test:a"]
    assert index == 3
    assert (await read(found, f"ns={index};i=8")).Value == ua.QualifiedName("N", ua.UInt16(index))
    assert (await read(found, f"ns={index};i=9")).Value == ua.NodeId(ua.Int32(8), ua.Int16(index))
    children = await found.nodes.objects.get_children()
    assert found.get_node(f"ns={index};i=9") in children


async def test_structures_travel_by_their_declared_fields_without_any_class(tmp_path: Path) -> None:
    """Inherited fields first, the mask of the optional ones, arrays; the definition has all of them."""
    found = await server()
    nodes = STRUCTURE + variable("ns=1;i=9", "Value", "ns=1;i=2", VALUE)
    index = (await load_node_sets(found, [node_set(tmp_path, "a", model("urn:test:a"), nodes)]))["urn:test:a"]
    value = (await read(found, f"ns={index};i=9")).Value
    assert value.TypeId == ua.NodeId(ua.Int32(3), ua.Int16(index))
    infinite = bytes.fromhex("000000000000f0ff")
    assert value.Body == (
        bytes([2, 0, 0, 0, 3, 0, 0, 0])
        + b"P-7"
        + bytes([2, 0, 0, 0])
        + bytes.fromhex("000000000000f83f")
        + infinite
        + bytes([7, 0, 0, 0])
    )
    definition: Any = await found.get_node(f"ns={index};i=2").read_data_type_definition()
    assert [str(field.Name) for field in definition.Fields] == ["Id", "Weights", "Note", "Count"]
    assert definition.StructureType == ua.StructureType.StructureWithOptionalFields


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        (variable("ns=1;i=1", "A", "i=6", "") * 2, "there twice"),
        (variable("ns=5;i=1", "A", "i=6", ""), "namespace that it does not list; found ns=5"),
        (variable("ns=1;i=1", "A", "Nonsense", ""), "neither a NodeId nor an alias"),
        (variable("ns=1;i=1", "A", "i=6", "<uax:Int32>seven</uax:Int32>"), r"value of 1:A \(ns=1;i=1\)"),
        (variable("ns=1;i=1", "A", "i=6", "<uax:Nothing/>"), "no built-in type Nothing"),
        (
            variable("ns=1;i=1", "A", "i=6", "").replace("i=63", "ns=1;i=77"),
            "refers to a node that is missing",
        ),
    ],
)
async def test_a_node_that_cannot_be_is_refused_in_one_sentence(
    nodes: str, told: str, tmp_path: Path
) -> None:
    """File, node, what was found."""
    path = node_set(tmp_path, "a", model("urn:test:a"), nodes)
    with pytest.raises(ConfigurationError, match=told) as refused:
        await load_node_sets(await server(), [path])
    assert str(path) in str(refused.value)


OUT_OF_RANGE = [
    ('ValueRank="200000000"', "found 200000000; wanted a ValueRank from -3 to 32"),
    ('ValueRank="-4"', "found -4; wanted a ValueRank from -3 to 32"),
    ('ValueRank="2" ArrayDimensions="99999999999,1"', "found 99999999999; wanted a UInt32 in ArrayDim"),
    ('ValueRank="1" ArrayDimensions="-1"', "found -1; wanted a UInt32 in ArrayDimensions"),
    (f'ArrayDimensions="{"0," * 40}"', "found 40 ArrayDimensions; wanted at most 32"),
    ('AccessLevel="99999999999"', "found 99999999999; wanted a UInt32 as AccessLevel"),
    ('MinimumSamplingInterval="NaN"', "found NaN; wanted a finite MinimumSamplingInterval"),
]


async def test_an_attribute_out_of_range_is_refused(tmp_path: Path) -> None:
    """And takes no memory."""
    node = '<UAVariable NodeId="ns=1;i=3" BrowseName="1:x" DataType="i=11" {}/>'
    told = "the node ns=1;i=3 can't be read; "
    await refusals(tmp_path, [(node.format(attribute), told + text) for attribute, text in OUT_OF_RANGE])


MATRIX = """<uax:Matrix><uax:Dimensions>{}</uax:Dimensions><uax:Elements><uax:Int32>1</uax:Int32>
</uax:Elements></uax:Matrix>"""


UNSENDABLE = [
    ("i=6", f"<uax:Int32>{'9' * 20}</uax:Int32>", f"found {'9' * 20}; wanted an Int32"),
    ("i=6", f"<uax:Int32>{'9' * 5000}</uax:Int32>", f"found '{'9' * 39}…; wanted an Int32"),
    ("i=3", "<uax:Byte>-1</uax:Byte>", "found -1; wanted a Byte"),
    ("i=3", "<uax:ListOfByte><uax:Byte>256</uax:Byte></uax:ListOfByte>", "found 256; wanted a Byte"),
    ("i=19", "<uax:StatusCode><uax:Code>-5</uax:Code></uax:StatusCode>", "found -5; wanted a UInt32"),
    ("i=11", "<uax:String>abc</uax:String>", "found a String; wanted a Double"),
    ("i=10", "<uax:Float>1e300</uax:Float>", "found 1e300; wanted a Float"),
    ("i=1", "<uax:Boolean>maybe</uax:Boolean>", "found maybe; wanted true or false"),
    ("i=15", "<uax:ByteString>!!!</uax:ByteString>", "found Only base64"),
    ("i=24", "<uax:DataValue/>", "found a DataValue; wanted a value of a type that variables have"),
    ("i=6", MATRIX.format("<uax:UInt32>-3</uax:UInt32>"), "found -3; wanted a UInt32"),
    (
        "i=6",
        MATRIX.format("<uax:UInt32>2</uax:UInt32>" * 2),
        "found 2 x 2 dimensions; wanted dimensions of",
    ),
    ("i=6", MATRIX.format("<uax:UInt32>1</uax:UInt32>" * 99), "found 1 x 1 x 1"),
]


async def test_a_value_that_could_not_be_sent_is_refused_when_it_is_read(tmp_path: Path) -> None:
    """Before any client asks for it: node, what was found, what was wanted."""
    told = "the value of 1:A (ns=1;i=1) can't be read; "
    cases = [(variable("ns=1;i=1", "A", kind, value), told + text) for kind, value, text in UNSENDABLE]
    await refusals(tmp_path, cases)


def _data_type(number: int, above: str, *fields: str) -> str:
    inner = "".join(f"<Field {field}/>" for field in fields)
    return (
        f'<UADataType NodeId="ns=1;i={number}" BrowseName="1:T{number}"><References><Reference '
        f'ReferenceType="HasSubtype" IsForward="false">{above}</Reference></References>'
        f'<Definition Name="T{number}">{inner}</Definition></UADataType>'
    )


def _object(kind: str, target: str) -> str:
    return (
        '<UAObject NodeId="ns=1;i=1" BrowseName="1:o"><References>'
        '<Reference ReferenceType="i=40">i=58</Reference>'
        f'<Reference ReferenceType="i={kind}">{target}</Reference></References></UAObject>'
    )


CONTRADICTIONS = [
    (
        variable("ns=1;i=1", "A", "i=11", "<uax:ListOfDouble><uax:Double>1</uax:Double></uax:ListOfDouble>"),
        "1:A (ns=1;i=1) can't be read; found an array of 1 dimension; wanted a value for ValueRank -1",
    ),
    (
        variable("ns=1;i=1", "A", "i=11", "<uax:Double>1</uax:Double>", 1),
        "found a single value; wanted a value for ValueRank 1",
    ),
    (
        variable("ns=1;i=1", "A", "ns=1;i=9", ""),
        "1:A (ns=1;i=1) is of a DataType that is missing; found ns=1;i=9",
    ),
    (variable("ns=1;i=1", "A", "i=85", ""), "is of a DataType that is missing; found i=85"),
    (
        _object("40", "i=61"),
        "o (ns=2;i=1) has several types; found i=58, i=61; wanted one HasTypeDefinition",
    ),
    (
        _object("35", "ns=1;i=1"),
        "o (ns=2;i=1) refers to itself; found i=35",
    ),
    (_data_type(1, "i=29", 'Name="a" Value="0"', 'Name="a" Value="1"'), "found a; wanted each name once"),
    (_data_type(1, "i=29", 'Name="a" Value="1"', 'Name="b" Value="1"'), "found 1; wanted each value once"),
]


async def test_a_node_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    """Clients would trust one half of it or the other."""
    await refusals(tmp_path, CONTRADICTIONS)


async def test_what_a_file_s_variables_can_t_do_they_do_not_say(tmp_path: Path) -> None:
    """Nothing writes them or keeps their history; an Object without a type is of the most general one."""
    nodes = variable("ns=1;i=1", "A", "i=11", "").replace("DataType", 'AccessLevel="99999" DataType')
    nodes += '<UAObject NodeId="ns=1;i=2" BrowseName="1:o"/>'
    found = await server()
    index = (await load_node_sets(found, [node_set(tmp_path, "a", model("urn:test:a"), nodes)]))["urn:test:a"]
    assert await found.get_node(f"ns={index};i=1").get_access_level() == {ua.AccessLevel.CurrentRead}
    assert await found.get_node(f"ns={index};i=2").read_type_definition() == ua.NodeId(ua.Int32(58))


async def test_what_fits_in_another_form_is_taken(tmp_path: Path) -> None:
    """Null, bytes in lines, a matrix, an array of bytes as a ByteString, anything in a BaseDataType."""
    values = {
        "i=11": "<uax:Null/>",
        "i=15": "<uax:ByteString>AQ\n ID</uax:ByteString>",
        "i=6": MATRIX.format("<uax:UInt32>1</uax:UInt32>" * 2),
        "i=3": "<uax:ByteString>AQID</uax:ByteString>",
        "i=24": "<uax:String>abc</uax:String>",
    }
    nodes = "".join(variable(f"ns=1;i={n}", f"V{n}", *item) for n, item in enumerate(values.items(), 1))
    for kind, rank in (("i=6", 2), ("i=3", 1)):
        nodes = nodes.replace(f'DataType="{kind}" ValueRank="-1"', f'DataType="{kind}" ValueRank="{rank}"')
    found = await server()
    index = (await load_node_sets(found, [node_set(tmp_path, "a", model("urn:test:a"), nodes)]))["urn:test:a"]
    held = [(await read(found, f"ns={index};i={number}")).Value for number in range(1, 6)]
    assert held == [None, b"\1\2\3", [[1]], b"\1\2\3", "abc"]


OWN = 'Name="a" DataType="ns=1;i=1"'


ENDLESS = [
    ('<UAObject NodeId="" BrowseName="1:x"/>', "a node has no NodeId; found the UAObject 1:x"),
    ('<UAObject BrowseName="1:x"/>', "a node has no NodeId; found the UAObject 1:x"),
    ("<UAObject/>", "a node has no NodeId; found the UAObject without a BrowseName"),
    ('<UAObject NodeId="ns=1;i=3"/>', "the node ns=1;i=3 has no BrowseName"),
    (
        '<UAObject NodeId="ns=1;i=99999999999" BrowseName="x"/>',
        "found ns=1;i=99999999999; wanted a UInt32",
    ),
    ('<UAObject NodeId="ns=1;i=-1" BrowseName="x"/>', "found ns=1;i=-1"),
    ('<UAObject NodeId="i=999999" BrowseName="x"/>', "i=999999 is of the standard's namespace"),
    ('<UAObject NodeId="i=2253" BrowseName="x"/>', "i=2253 is of the standard's namespace"),
    (_data_type(1, "ns=1;i=1"), "own supertype; found T1 (ns=2;i=1) below T1 (ns=2;i=1)"),
    (_data_type(1, "ns=1;i=2") + _data_type(2, "ns=1;i=1"), "a type is its own supertype; found T1"),
    (_data_type(1, "i=22", OWN), "itself; found T1 (ns=2;i=1) with a field of T1 (ns=2;i=1); wanted"),
    (
        _data_type(1, "i=22", 'Name="b" DataType="ns=1;i=2"') + _data_type(2, "i=22", OWN),
        "found T1 (ns=2;i=1) with a field of T2 (ns=2;i=2) with a field of T1",
    ),
]


async def test_a_node_without_identity_and_a_type_without_an_end_are_refused(tmp_path: Path) -> None:
    """In one sentence with the file's name."""
    await refusals(tmp_path, ENDLESS)


@pytest.mark.parametrize("field", [f'{OWN} ValueRank="1"', f'{OWN} IsOptional="true"'])
async def test_a_structure_may_contain_itself_where_it_may_be_left_out(field: str, tmp_path: Path) -> None:
    """In an array or in an optional field; its value ends."""
    encoding = """<UAObject NodeId="ns=1;i=3" BrowseName="Default Binary"><References>
<Reference ReferenceType="HasEncoding" IsForward="false">ns=1;i=1</Reference></References></UAObject>"""
    value = """<uax:ExtensionObject><uax:TypeId><uax:Identifier>ns=1;i=3</uax:Identifier></uax:TypeId>
<uax:Body><T1/></uax:Body></uax:ExtensionObject>"""
    nodes = _data_type(1, "i=22", field) + encoding + variable("ns=1;i=9", "Value", "ns=1;i=1", value)
    found = await server()
    await load_node_sets(found, [node_set(tmp_path, "a", model("urn:test:a"), nodes)])
    assert len((await read(found, "ns=2;i=9")).Value.Body) == 4


async def test_with_leave_models_may_be_missing(tmp_path: Path) -> None:
    """What builds on them is of the standard's most general types."""
    required = model("urn:test:a", ("urn:test:b", "1", "2020-01-01"))
    nodes = variable("ns=1;i=1", "A", "i=6", "").replace("i=63", "ns=2;i=77")
    path = node_set(tmp_path, "a", required, nodes, ("urn:test:a", "urn:test:b"))
    found = await server()
    index = (await load_node_sets(found, [path], tolerant=True))["urn:test:a"]
    kind = await found.get_node(f"ns={index};i=1").read_type_definition()
    assert kind == ua.NodeId(ua.Int32(63))
