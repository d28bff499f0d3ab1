"""What a running service recorded is replayed against its versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from asyncua import ua

from opcua_ml.cli.main import main
from tests.integration.versions.site import candidate, running, shows

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_history_is_given_again_by_its_version_and_by_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bit for bit, from the package in the store."""
    async with running(tmp_path) as plant:
        for number in range(1, 8):
            for name, value in (("x1", number / 7), ("x2", number / 3)):
                node = plant.engineer.client.get_node(plant.engineer.node_id(f"sum.Inputs.{name}"))
                await node.write_value(ua.DataValue(ua.Variant(value, ua.VariantType.Double)))
            wanted = pytest.approx(number / 7 + number / 3)
            await plant.engineer.until("sum.Outputs.value", shows(wanted), 10)
    command = ["verify", "--history", str(tmp_path / "history"), "-o", "json"]
    capsys.readouterr()
    with pytest.raises(SystemExit) as done:
        main([*command, str(tmp_path / "versions" / "sum" / "1.0.0")])
    assert done.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] >= 7
    assert found["exact"] == found["rows"]
    assert main([*command, str(candidate(tmp_path, "2.0.0", 2.0))]) == 1
    assert "does not give again" in capsys.readouterr().err
