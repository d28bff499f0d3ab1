"""A real MLflow registry with a SQLite backend, and a trainer that registers models there."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from tests.integration.plc.bench import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ENVIRONMENT = {
    **os.environ,
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
TRAINER = Path(__file__).parent / "mlflow_trainer.py"


@asynccontextmanager
async def registry(folder: Path, port: int | None = None) -> AsyncIterator[str]:
    """A server until the block ends; its URI."""
    port = port or free_port()
    uri = f"http://127.0.0.1:{port}"
    with (folder / "mlflow.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
            *("--artifacts-destination", str(folder / "artifacts")),
            *("--host", "127.0.0.1", "--port", str(port)),
            env=ENVIRONMENT,
            stdout=log,
            stderr=log,
        )
        try:
            async with asyncio.timeout(90):
                while not await asyncio.to_thread(_is_up, uri):
                    assert process.returncode is None, (folder / "mlflow.log").read_text()
                    await asyncio.sleep(0.2)
            yield uri
        finally:
            process.terminate()
            await process.wait()


async def train(uri: str, *flavors: str) -> None:
    """Register a model of each flavour, as its versions 1, 2, 3 …; champion is the first."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(TRAINER), uri, *flavors),
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


def _is_up(uri: str) -> bool:
    try:
        with urlopen(f"{uri}/health", timeout=2) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
