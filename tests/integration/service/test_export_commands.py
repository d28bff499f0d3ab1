"""`opcua-ml nodeset export` and `opcua-ml tags export` against a running service."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

from opcua_ml.opcua.nodesets.document import read_document
from tests.integration.service.processes import started

if TYPE_CHECKING:
    from pathlib import Path

PLANT = """
[server]
endpoint = "opc.tcp://127.0.0.1:0"
namespace_uri = "urn:test:site"
[server.security]
policies = ["None"]
anonymous = "observer"
[models.flow]
package = "pump_flow"
"""


async def told(*arguments: str) -> str:
    """What a command prints that ends well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opcua_ml", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return out.decode()


async def test_a_running_service_is_exported_as_nodeset_and_tags(tmp_path: Path) -> None:
    """An observer may; both files name the same nodes."""
    file = tmp_path / "plant.toml"
    file.write_text(PLANT, encoding="utf-8")
    nodes, table = tmp_path / "site.xml", tmp_path / "tags.csv"
    async with started("serve", str(file)) as service:
        where = ("--to", service.first_line, "--security", "None", "--pki", str(tmp_path / "engineer"))
        said = await told("nodeset", "export", str(nodes), "--csv", str(table), *where)
        rows = json.loads(await told("tags", "export", "--output", "json", *where))
        german = json.loads(await told("tags", "export", "--output", "json", "--locale", "de", *where))
        lines = (await told("tags", "export", "--output", "table", *where)).splitlines()
    assert not (tmp_path / "engineer").exists()  # nothing was signed, so no keys were made
    document = read_document(nodes)
    assert f"{len(document.nodes)} nodes of urn:test:site" in said
    assert [model.uri for model in document.models] == ["urn:test:site"]
    assert {row["path"] for row in rows} >= {"MachineLearning.Models.flow.Outputs.flow"}
    assert len(table.read_text(encoding="utf-8").splitlines()) == len(rows) + 1
    spoken = {row["path"]: row["description"] for row in german}
    assert spoken["MachineLearning.Models.flow.Reason"].startswith("Warum die Qualität")
    assert [line.rpartition("  ")[2] for line in lines[1:]] == [row["node_id"] for row in rows]


async def test_a_nodeset_is_exported_in_all_languages(tmp_path: Path) -> None:
    """With a DisplayName for each, as the schema has it; the tables beside it are in one."""
    file = tmp_path / "plant.toml"
    file.write_text(PLANT, encoding="utf-8")
    nodes, table = tmp_path / "site.xml", tmp_path / "tags.csv"
    async with started("serve", str(file)) as service:
        where = ("--to", service.first_line, "--security", "None", "--pki", str(tmp_path / "engineer"))
        await told("nodeset", "export", str(nodes), "--csv", str(table), *where)
    text = nodes.read_text(encoding="utf-8")
    assert '<DisplayName Locale="en">Outputs</DisplayName>' in text
    assert '<DisplayName Locale="de">Ausgänge</DisplayName>' in text
    assert '{"t"' not in text + table.read_text(encoding="utf-8")
