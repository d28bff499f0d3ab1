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
    other = str(candidate(tmp_path, "2.0.0", 2.0))
    assert main([*command, other]) == 1
    assert "does not give again" in capsys.readouterr().err
    assert main([*command[:-2], other]) == 1
    told = capsys.readouterr()
    assert f"which version gave {found['rows']} of them is not recorded" in told.out
    assert "of other versions" not in told.out
    assert "--from and --to around the time in which 2.0.0 predicted" in told.err


def test_a_recording_that_tells_no_versions_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only then; a column of versions decides, and tells how many rows were left out."""
    version, recording = str(candidate(tmp_path, "2.0.0", 2.0)), tmp_path / "recorded.csv"
    command = ["verify", version, "--recorded", str(recording)]
    recording.write_text("x1,x2,value\n1.0,2.0,3.0\n", encoding="utf-8")
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[0].endswith(
        "1 rows, 0 the same bit for bit, 1 different; which version gave 1 of them is not recorded"
    )
    assert "wanted only rows that 2.0.0 gave, or a column version" in told.err
    assert main([*command, "--all-versions", "--tolerance", "0.1"]) == 1
    told = capsys.readouterr()
    assert "0 within 0.1, 1 different\n" in told.out
    assert "wanted" not in told.err
    recording.write_text("x1,x2,value,version\n1.0,2.0,3.0,1.0.0\n1.0,2.0,3.0,2.0.0\n", encoding="utf-8")
    assert main(command) == 1
    told = capsys.readouterr()
    assert "1 different; 1 of other versions left out\n" in told.out
    assert "wanted" not in told.err
