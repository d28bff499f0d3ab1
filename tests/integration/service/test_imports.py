"""What a running service has imported: nothing that its models do not want."""

import re
from pathlib import Path

import pytest

from tests.integration.service.processes import started

UNWANTED = frozenset(
    {"sklearn", "scipy", "joblib", "skops", "skl2onnx", "pandas", "pint", "treelite", "tomlkit"}
)
CONFIGURATION = """
[server]
endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
namespace_uri = "urn:test:site"
[models.pump_flow]
package = "pump_flow"
[models.pump_fault]
package = "pump_fault"
"""


async def test_a_service_with_onnx_models_alone_imports_no_training_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its start until it serves, as the interpreter itself reports every import."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    file = tmp_path / "plant.toml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    async with started("serve", str(file), warm=False) as service:
        assert service.first_line.startswith("opc.tcp://")
        told = service.errors
    imported = {
        name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", told, re.MULTILINE)
    }
    assert {"opcua_ml", "asyncua", "onnxruntime"} <= imported
    assert imported.isdisjoint(UNWANTED)
