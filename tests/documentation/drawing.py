"""Draws the address space as a client sees it, into `docs/figures/`, from servers that run.

python -m tests.documentation.drawing
"""

from __future__ import annotations

import asyncio
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml import bundled
from opcua_ml.domain.alarm.ranges import OutputRanges
from opcua_ml.opcua.adi import show_prediction_service
from opcua_ml.opcua.export.exported_space import collect
from opcua_ml.opcua.export.tag_table import Tag, tags
from opcua_ml.opcua.results import show_results
from opcua_ml.opcua.trust.server import PlantServer
from opcua_ml.runtime.package.package import open_package
from tests.integration.server.stage import SITE, Stage
from tests.patient_client import Client
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncua.server.server import Server

    from opcua_ml.opcua.export.exported_space import ExportedNode, ExportedSpace

FIGURES: Final = Path(__file__).resolve().parents[2] / "docs" / "figures"
_ROW, _INDENT, _LEFT, _TYPE, _NODE, _WIDTH = 17, 16, 12, 330, 520, 1010
_LONGEST: Final = 42
_COLOURS: Final = {
    ua.NodeClass.Object: "#d9a400",
    ua.NodeClass.Variable: "#2f6fb7",
    ua.NodeClass.Method: "#2e8b57",
}
_STYLE: Final = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#222}"
    ".t{fill:#777}.n{fill:#8a4b08}.h{font-weight:bold}line{stroke:#ccc}"
)


class Row(NamedTuple):
    """One line of the drawing."""

    depth: int
    node: ExportedNode
    name: str
    type: str
    note: str


class Figure(NamedTuple):
    """What is drawn: of which server, from which node down, and what is left out there."""

    file: str
    title: str
    nodesets: tuple[str, ...]
    top: str
    closed: frozenset[str]


FIGURES_DRAWN: Final = (
    Figure(
        "address-space.svg", "A model in the address space", (), "MachineLearning", frozenset({"Sources"})
    ),
    Figure(
        "prediction-service.svg",
        "The same model as ADI's prediction service",
        ("DI/Opc.Ua.Di.NodeSet2.xml", "ADI/Opc.Ua.Adi.NodeSet2.xml"),
        "MachineLearning.PredictionService",
        frozenset(),
    ),
    Figure(
        "results.svg",
        "Its verdicts as results of Machinery",
        ("Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml",),
        "MachineLearning.ResultManagement",
        frozenset(),
    ),
)


async def drawn(figure: Figure) -> str:
    """The SVG of a figure: always the same text for the same address space."""
    stage = Stage(_server(), nodesets=tuple(OFFICIAL / name for name in figure.nodesets))
    card = open_package(bundled.model("pump_fault")).card
    async with stage.server as server:
        await show_prediction_service(server)
        await show_results(server)
        await server.show_model(
            card,
            ranges={"label": OutputRanges(off_normal=frozenset({1})), "confidence": OutputRanges((0.6, 1.0))},
        )
        await server.open()
        async with Client(server.url) as client:
            space = await collect(client.uaclient.session, await client.get_namespace_index(SITE))
            rows = [row async for row in _rows(client, space, figure)]
    return _svg(figure.title, rows)


def _server() -> Server:
    return PlantServer()


async def _rows(client: Client, space: ExportedSpace, figure: Figure) -> Any:
    named = {tag.node_id.partition(";s=")[2]: tag for tag in tags(space)}
    top = next(node for node in space.nodes.values() if str(node.node_id.Identifier) == figure.top)
    for depth, node in _below(space, top, 0, figure.closed):
        path = str(node.node_id.Identifier)
        kind = next(
            (one for one in node.references if one.IsForward and one.ReferenceTypeId == _HAS_TYPE), None
        )
        name = (await client.get_node(kind.NodeId).read_browse_name()).Name if kind is not None else ""
        yield Row(depth, node, node.text(AttributeIds.BrowseName), str(name), _note(named.get(path)))


_HAS_TYPE: Final = ua.NodeId(ua.Int32(40))


def _below(
    space: ExportedSpace, node: ExportedNode, depth: int, closed: frozenset[str]
) -> Iterator[tuple[int, ExportedNode]]:
    yield depth, node
    if node.text(AttributeIds.BrowseName) in closed:
        return
    for child in space.nodes.values():
        is_argument = child.text(AttributeIds.BrowseName) in {"InputArguments", "OutputArguments"}
        if child.parent == node.node_id and not is_argument:
            yield from _below(space, child, depth + 1, closed)


def _note(tag: Tag | None) -> str:
    if tag is None:
        return ""
    kind = tag.data_type + "[]" * tag.array
    span = f" {tag.low} to {tag.high}" if tag.low else ""
    unit = f" {tag.unit}" if tag.unit and tag.unit != "1" else ""
    return f"{kind}{span}{unit}{'  writable' if tag.access == 'RW' else ''}"


def _svg(title: str, rows: list[Row]) -> str:
    height = (len(rows) + 3) * _ROW
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
            f' viewBox="0 0 {_WIDTH} {height}" role="img">'
        ),
        f"<title>{html.escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_LEFT, 1, title, "h")
        + _text(_TYPE, 1, "type", "t")
        + _text(_NODE, 1, "NodeId", "t")
        + _text(_NODE + 330, 1, "value", "t"),
    ]
    for number, row in enumerate(rows, 2):
        x, y = _LEFT + row.depth * _INDENT, number * _ROW
        colour = _COLOURS[row.node.node_class]
        lines.append(
            f'<rect x="{x}" y="{y - 9}" width="9" height="9" rx="2" fill="{colour}"/>'
            + _text(x + 14, number, row.name, "")
            + _text(_TYPE, number, row.type, "t")
            + _text(_NODE, number, _node_id(row.node), "n")
            + _text(_NODE + 330, number, row.note, "")
        )
    return "\n".join([*lines, "</svg>", ""])


def _node_id(node: ExportedNode) -> str:
    """The end of a long one: the rows above have the beginning."""
    text = str(node.node_id.Identifier)
    return f"s={text}" if len(text) <= _LONGEST else f"s=…{text[1 - _LONGEST :]}"


def _text(x: int, row: int, words: str, kind: str) -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{row * _ROW}"{named}>{html.escape(words)}</text>' if words else ""


def main() -> None:
    """Draw all figures anew."""
    for figure in FIGURES_DRAWN:
        (FIGURES / figure.file).write_text(asyncio.run(drawn(figure)), encoding="utf-8")


if __name__ == "__main__":
    main()
