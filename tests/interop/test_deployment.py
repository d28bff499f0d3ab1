"""A whole deployment by calls of another stack alone: upload, promote, predict, confirm, roll back."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.versions.site import PASSWORD, SITE, candidate, running
from tests.interop.node_process import NodeError, NodeProcess

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = f"nsu={SITE};s=MachineLearning.Registry"
MODEL = f"nsu={SITE};s=sum"


def text(value: str) -> dict[str, Any]:
    """An argument."""
    return {"type": "String", "value": value}


def number(value: float) -> dict[str, Any]:
    """An argument."""
    return {"type": "Double", "value": value}


class Engineer:
    """Node-opcua as the engineer's client."""

    def __init__(self, process: NodeProcess) -> None:
        self._process = process

    async def call(self, target: str, method: str, *arguments: dict[str, Any]) -> list[Any]:
        """Call a method; its outputs.

        Raises:
            AssertionError: the call was not Good.
        """
        answer = await self._process.request(
            "call", object=target, method=f"{target}.{method}", arguments=list(arguments)
        )
        assert answer["status"] == "Good", answer
        return list(answer["outputs"])

    async def upload(self, data: bytes) -> None:
        """Send a package by file transfer."""
        file, handle = await self.call(REGISTRY, "GenerateFileForWrite", text("sum"))
        given = {"type": "UInt32", "value": handle}
        path = f"nsu={SITE};{file.split(';')[-1]}"
        for start in range(0, len(data), 2000):
            piece = base64.b64encode(data[start : start + 2000]).decode()
            await self.call(path, "Write", given, {"type": "ByteString", "value": piece})
        await self.call(REGISTRY, "CloseAndCommit", given)

    async def predict(self) -> tuple[Any, str]:
        """The answer to the row (1, 2), and its version."""
        output, version, *_ = await self.call(MODEL, "Predict", number(1.0), number(2.0))
        return output, version


@pytest.mark.interop
async def test_another_stack_deploys_a_version_and_takes_it_back(
    node: str, certificates: Path, tmp_path: Path
) -> None:
    """A good candidate goes live and is confirmed; an unsigned one is refused; a rollback is one call."""
    async with running(tmp_path) as plant, NodeProcess(node, "client.js", tmp_path / "client.log") as process:
        user = {"name": "ann", "password": PASSWORD}
        await process.request("connect", endpoint=plant.service.endpoint, folder=str(certificates), user=user)
        engineer = Engineer(process)
        assert await engineer.predict() == (pytest.approx(3.0), "1.0.0")
        await engineer.upload(candidate(tmp_path, "2.0.0", 2.0).read_bytes())
        await engineer.call(MODEL, "Promote", text("2.0.0"), number(60_000.0), text("better"))
        assert await engineer.predict() == (pytest.approx(6.0), "2.0.0")
        await engineer.call(MODEL, "Confirm", text("2.0.0"), text(""))
        with pytest.raises((AssertionError, NodeError), match="BadSecurityChecksFailed"):
            await engineer.upload(candidate(tmp_path, "3.0.0", 3.0, signed=False).read_bytes())
        await engineer.call(MODEL, "Rollback", text("not so good after all"))
        assert await engineer.predict() == (pytest.approx(3.0), "1.0.0")
        await process.request("disconnect")
