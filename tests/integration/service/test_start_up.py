"""A service that is asked to end while it still starts."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.service.processes import END_SECONDS, START_SECONDS, started

MODELS = 12  # enough that loading them takes longer than the test needs to send a signal


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process instead of asking it")
async def test_a_service_asked_to_end_while_it_loads_models_never_opens(tmp_path: Path) -> None:
    """The rest of the models is not loaded, no address is printed, and the exit code is 0."""
    file = tmp_path / "plant.toml"
    tables = "".join(f'[models.flow{number}]\npackage = "pump_flow"\n' for number in range(MODELS))
    endpoint = '[server]\nendpoint = "opc.tcp://127.0.0.1:0/site"\n'
    file.write_text(f'{endpoint}[server.security]\nanonymous = "observer"\n{tables}', encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opcua_ml", "serve", str(file)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while b"model ready" not in await process.stderr.readline():
                assert process.returncode is None
        process.terminate()
        async with asyncio.timeout(END_SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0
    assert out == b""
    assert b"Traceback" not in err
    assert err.count(b"model ready") < MODELS - 1


async def test_the_log_tells_that_the_service_ends_and_that_it_has_ended(tmp_path: Path) -> None:
    """Between the two lines everything is stored and closed; after the last one nothing is left to do."""
    file = tmp_path / "plant.toml"
    text = '[server]\nendpoint = "opc.tcp://127.0.0.1:0/site"\n[server.security]\nanonymous = "observer"\n'
    file.write_text(text, encoding="utf-8")
    async with started("serve", str(file), warm=False) as service:
        code, _, errors = await service.end()
    lines = [line for line in errors.splitlines() if " stopp" in line]
    assert (code, len(lines)) == (0, 2), errors
    assert "stopping" in lines[0]
    assert "stopped" in lines[1]
    assert errors.splitlines()[-1] == lines[1]
