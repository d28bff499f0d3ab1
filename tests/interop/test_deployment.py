"""A whole deployment by calls of another stack alone: upload, promote, predict, confirm, roll back."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from opcua_ml import pack
from opcua_ml.store.packages import sign_package
from tests.integration.versions.pinned import pinned
from tests.integration.versions.site import PASSWORD, PRIVATE, SITE, candidate, running, shows
from tests.interop.node_process import NodeError, NodeProcess

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = f"nsu={SITE};s=MachineLearning.Registry"
MODEL = f"nsu={SITE};s=sum"
CHUNK = 50_000


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
        for start in range(0, len(data), CHUNK):
            piece = base64.b64encode(data[start : start + CHUNK]).decode()
            await self.call(path, "Write", given, {"type": "ByteString", "value": piece})
        await self.call(REGISTRY, "CloseAndCommit", given)

    async def predict(self, x1: float = 1.0) -> tuple[Any, str]:
        """The answer to the row (x1, 2), and its version."""
        output, version, *_ = await self.call(MODEL, "Predict", number(x1), number(2.0))
        return output, version

    async def read(self, path: str) -> Any:
        """A variable's value; None where there is no such node."""
        (found,) = await self._process.request("read", nodes=[f"nsu={SITE};s={path}"])
        return found.get("value")

    async def refused(self, data: bytes, status: str) -> None:
        """The package does not come in."""
        with pytest.raises((AssertionError, NodeError), match=status):
            await self.upload(data)


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


def slow(folder: Path, version: str) -> Path:
    """As good as the best, but it looks at 600,000 rows for each answer."""
    rows = np.random.default_rng(5).normal(size=(600_000, 2))
    targets = 2.0 * rows.sum(axis=1)
    model = KNeighborsRegressor(n_neighbors=1, algorithm="brute").fit(rows, targets)
    bare, made = folder / f"bare-{version}.zip", folder / f"sum-{version}.zip"
    pack(
        model,
        rows,
        targets,
        name="sum",
        version=version,
        path=bare,
        golden_rows=5,
        artifacts=("skops",),
        names=["x1", "x2"],
    )
    sign_package(bare, made, PRIVATE, "key")
    return made


def brittle(folder: Path, version: str) -> Path:
    """As good as the best, but without an answer to rows whose ninth power is infinite."""
    rows = np.random.default_rng(7).normal(size=(60, 2))
    targets = 2.0 * rows.sum(axis=1)
    model = make_pipeline(PolynomialFeatures(9, include_bias=False), LinearRegression()).fit(rows, targets)
    linear = model[-1]
    linear.coef_, linear.intercept_ = np.array([2.0, 2.0, *[0.0] * (linear.coef_.size - 2)]), 0.0
    bare, made = folder / f"bare-{version}.zip", folder / f"sum-{version}.zip"
    pack(model, rows, targets, name="sum", version=version, path=bare, names=["x1", "x2"])
    sign_package(bare, made, PRIVATE, "key")
    return made


@pytest.mark.interop
async def test_no_bad_candidate_stays_and_a_good_one_does(
    node: str, certificates: Path, tmp_path: Path
) -> None:
    """Unsigned, tampered, of another signature, slower, worse, failing in probation: by calls alone."""
    gates = f"latency_gate_ms = 2\n{pinned(tmp_path, 2.0)}"
    async with (
        running(tmp_path, model=gates) as plant,
        NodeProcess(node, "client.js", tmp_path / "client.log") as process,
    ):
        user = {"name": "ann", "password": PASSWORD}
        await process.request("connect", endpoint=plant.service.endpoint, folder=str(certificates), user=user)
        engineer = Engineer(process)
        tampered = bytearray(candidate(tmp_path, "0.2.0", 2.0).read_bytes())
        tampered[len(tampered) // 3] ^= 1
        unsigned = candidate(tmp_path, "0.1.0", 2.0, signed=False).read_bytes()
        await engineer.refused(unsigned, "BadSecurityChecksFailed")
        await engineer.refused(bytes(tampered), "Bad")
        for version, package, gate in (
            ("0.3.0", candidate(tmp_path, "0.3.0", 2.0, inputs=3), "interface"),
            ("0.4.0", slow(tmp_path, "0.4.0"), "latency"),
            ("0.5.0", candidate(tmp_path, "0.5.0", 0.5), "metric"),
        ):
            await engineer.refused(package.read_bytes(), "BadConfigurationError")
            below = f"sum.Versions.{version.replace('.', '%2E')}"
            assert await engineer.read(f"{below}.State") == "Rejected"
            assert await engineer.read(f"{below}.Gates.{gate}.Passed") is False
            with pytest.raises((AssertionError, NodeError), match="BadInvalidState"):
                await engineer.call(MODEL, "Promote", text(version), number(0.0), text(""))
        assert await engineer.predict() == (pytest.approx(3.0), "1.0.0")
        await engineer.upload(brittle(tmp_path, "2.0.0").read_bytes())
        await engineer.call(MODEL, "Promote", text("2.0.0"), number(60_000.0), text("fails on large rows"))
        for _ in range(4):
            with pytest.raises((AssertionError, NodeError), match="Bad"):
                await engineer.predict(1e38)
        await plant.engineer.until("sum.Versions.CurrentVersion", shows("1.0.0"), 30)
        assert await engineer.read("sum.Versions.2%2E0%2E0.State") == "Rejected"
        await engineer.upload(candidate(tmp_path, "2.1.0", 2.0).read_bytes())
        await engineer.call(MODEL, "Promote", text("2.1.0"), number(60_000.0), text("good"))
        await engineer.call(MODEL, "Confirm", text("2.1.0"), text(""))
        assert await engineer.predict() == (pytest.approx(6.0), "2.1.0")
        assert await engineer.read("sum.Versions.CurrentVersion") == "2.1.0"
        await process.request("disconnect")
