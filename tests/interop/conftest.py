"""Another OPC UA stack, node-opcua, as a client and as a PLC.

Required where the environment says CI=true; elsewhere these tests are skipped where Node.js or the packages
of `package-lock.json` are missing.
"""

from __future__ import annotations

import inspect
import os
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.interop.node_process import NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; they share one event loop, as servers and processes here live long."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.interop)
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def node() -> str:
    """The Node.js to run scripts with; without it, or node-opcua, the test is skipped or, in CI, fails."""
    found = shutil.which("node")
    if found is None:
        missing = "Node.js is not installed"
    elif not (FOLDER / "node_modules" / "node-opcua").is_dir():
        missing = "node-opcua is not installed: npm ci --prefix tests/interop"
    else:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{missing}, and CI=true requires it")
    pytest.skip(missing)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of node-opcua's own certificate, made once, as making its key takes a while."""
    return tmp_path_factory.mktemp("node-opcua")


@pytest_asyncio.fixture(loop_scope="session")
async def start_script(node: str, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[NodeProcess]]]:
    """Starts a script of this folder, as often as wanted; all end with the test."""
    async with AsyncExitStack() as stack:

        async def start(script: str) -> NodeProcess:
            return await stack.enter_async_context(NodeProcess(node, script, tmp_path / f"{script}.log"))

        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def ua_client(start_script: Callable[[str], Awaitable[NodeProcess]]) -> NodeProcess:
    """A client of node-opcua, not connected yet."""
    return await start_script("client.js")


@pytest_asyncio.fixture(loop_scope="session")
async def ua_plc(start_script: Callable[[str], Awaitable[NodeProcess]]) -> NodeProcess:
    """A PLC of node-opcua, not started yet."""
    return await start_script("plc.js")
