"""Small NodeSet2 files for tests."""

from __future__ import annotations

from pathlib import Path

OFFICIAL = Path(__file__).resolve().parents[5] / "shared" / "nodesets"
COMPANIONS = (
    "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml",
    "ADI/Opc.Ua.Adi.NodeSet2.xml",
    "AMB/Opc.Ua.AMB.NodeSet2.xml",
    "IA/Opc.Ua.IA.NodeSet2.xml",
    "Machinery/Opc.Ua.Machinery.NodeSet2.xml",
    "DI/Opc.Ua.Di.NodeSet2.xml",
)
"""Official files that need no others, in an order that loading has to mend."""


def model(uri: str, *required: tuple[str, str, str], version: str = "1.0.0", date: str = "2024-01-01") -> str:
    """A `Model` element; the required ones are given as URI, version and date."""
    inner = "".join(
        f'<RequiredModel ModelUri="{uri}" Version="{version}" PublicationDate="{date}T00:00:00Z"/>'
        for uri, version, date in required
    )
    return f'<Model ModelUri="{uri}" Version="{version}" PublicationDate="{date}T00:00:00Z">{inner}</Model>'


def node_set(folder: Path, name: str, models: str, nodes: str = "", uris: tuple[str, ...] = ()) -> Path:
    """Write a file; without `uris` its only namespace is `urn:test:<name>`."""
    listed = "".join(f"<Uri>{uri}</Uri>" for uri in uris or (f"urn:test:{name}",))
    path = folder / f"{name}.NodeSet2.xml"
    path.write_text(
        '<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"'
        ' xmlns:uax="http://opcfoundation.org/UA/2008/02/Types.xsd">'
        f"<NamespaceUris>{listed}</NamespaceUris><Models>{models}</Models>"
        '<Aliases><Alias Alias="HasSubtype">i=45</Alias><Alias Alias="HasProperty">i=46</Alias>'
        '<Alias Alias="HasComponent">i=47</Alias><Alias Alias="HasEncoding">i=38</Alias>'
        '<Alias Alias="Organizes">i=35</Alias><Alias Alias="HasTypeDefinition">i=40</Alias></Aliases>'
        f"{nodes}</UANodeSet>",
        encoding="utf-8",
    )
    return path


def variable(node_id: str, name: str, data_type: str, value: str, rank: int = -1) -> str:
    """A variable below Objects."""
    return (
        f'<UAVariable NodeId="{node_id}" BrowseName="1:{name}" DataType="{data_type}" ValueRank="{rank}">'
        f'<DisplayName>{name}</DisplayName><References><Reference ReferenceType="HasTypeDefinition">i=63'
        '</Reference><Reference ReferenceType="Organizes" IsForward="false">i=85</Reference></References>'
        f"<Value>{value}</Value></UAVariable>"
    )
