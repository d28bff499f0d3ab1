"""A model process never outlives its service."""

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.runtime.executor.busy import busy_model
from tests.unit.runtime.executor.processes import assert_ends

SERVICE = """
import os, sys
from pathlib import Path
from opcua_ml import Trust, load
from opcua_ml.runtime.executor import ExecutorSettings, executor_for

model = load(sys.argv[1], trust=Trust(frozenset({sys.argv[2]}), joblib=True))
executor = executor_for(model, ExecutorSettings(inline_budget=0.0))
print(int(executor.predict([(-4000.0, 0.0)])[0][0]), flush=True)
os._exit(9)  # no clean-up of any kind, as when it is killed
"""


def test_a_process_ends_when_its_service_is_killed(tmp_path: Path) -> None:
    """A script without a main guard may start one, too: its module is not imported again."""
    model = busy_model(tmp_path, 0.0)
    script = tmp_path / "service.py"
    script.write_text(SERVICE)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "busy", model.card.content_hash],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 9, done.stderr
    assert_ends(int(done.stdout))
