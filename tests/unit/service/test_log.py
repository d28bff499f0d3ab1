"""Where log lines go and how they look."""

import json
import subprocess
import sys

LINES = """
import logging
import structlog
from opcua_ml.service.log import configure_logging
configure_logging("info", "json")
structlog.get_logger("ours").info("ours", model="flow")
logging.getLogger("a.library").warning("theirs: %s", 3)
logging.getLogger("a.library").debug("too low")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("a.library").exception("failed")
"""


def test_lines_of_libraries_are_json_like_ours() -> None:
    """One program reads them all: none is plain text, and each has its level and time."""
    run = subprocess.run([sys.executable, "-c", LINES], capture_output=True, text=True, check=True)
    ours, theirs, failed = (json.loads(line) for line in run.stderr.splitlines())
    assert (ours["event"], ours["model"], ours["level"]) == ("ours", "flow", "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("theirs: 3", "a.library", "warning")
    assert "ZeroDivisionError" in failed["exception"]
    assert all("timestamp" in line for line in (ours, theirs, failed))
