"""Whatever a registry holds, its follower tells in one sentence and goes on."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from opcua_ml import pack
from opcua_ml.config import MlflowSection
from opcua_ml.domain.errors import GateFailed
from opcua_ml.domain.lifecycle import Lifecycle, Step, StepKind
from opcua_ml.registry import artifacts
from opcua_ml.service.versions.follower import Follower
from opcua_ml.store.packages import read_package
from tests.unit.service.versions.strange_registry import strange_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from opcua_ml.application.versions import Followed
    from tests.unit.service.versions.strange_registry import Strange

pytestmark = [
    pytest.mark.filterwarnings("default"),  # MLflow's client warns of its own
    pytest.mark.skipif(not find_spec("mlflow"), reason="MLflow's client is not installed"),
]
EXAMPLE = json.dumps({"columns": ["a", "b"], "data": [[1.0, 2.0], [3.0, 4.0]]}).encode()
ONNX = b"flavors:\n  onnx:\n    data: model.onnx\n"
PICKLE = b"flavors:\n  sklearn:\n    pickled_model: model.pkl\n"


@pytest.fixture
def registry() -> Iterator[Strange]:
    """At work."""
    with strange_registry() as held:
        yield held


class Site:
    """Where a follower stages, and what it has shown."""

    def __init__(self) -> None:
        self.lifecycle = Lifecycle()
        self.told: list[Followed] = []
        self.refusal: GateFailed | None = None

    async def stage(self, path: Path, who: str, model: str) -> str:
        """Take it, and reject it where there is a refusal."""
        package = read_package(path)
        step = Step(StepKind.STAGE, package.version, who=who, content_hash=package.content_hash)
        self.lifecycle = self.lifecycle.after(step)
        if self.refusal is not None:
            self.reject(package.version, self.refusal.sentence)
            raise self.refusal
        return f"{model} {package.version}"

    def reject(self, version: str, reason: str) -> None:
        """As a gate or an engineer does it."""
        self.lifecycle = self.lifecycle.after(Step(StepKind.REJECT, version, reason=reason))

    async def show(self, followed: Followed) -> None:
        """Remember it."""
        self.told.append(followed)

    async def looks(self, more: int) -> Followed:
        """What is shown after so many looks from now."""
        wanted = len(self.told) + more
        async with asyncio.timeout(30):
            while len(self.told) < wanted:  # noqa: ASYNC110 - the follower's doing
                await asyncio.sleep(0.01)
        return self.told[-1]


@asynccontextmanager
async def following(registry: Strange, *, largest: int = 2**20, **section: Any) -> AsyncIterator[Site]:
    """A follower at work, which looks every hundredth of a second."""
    told = MlflowSection(uri=registry.uri, model="pump", poll_s=1, **section).model_copy(
        update={"poll_s": 0.01}
    )
    site = Site()
    follower = Follower(
        "pump",
        told,
        largest=largest,
        stage=site.stage,
        lifecycle=lambda: site.lifecycle,
        show=site.show,
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(follower.run(), name="follower")
        yield site
        assert not task.done()
        task.cancel()


@pytest.mark.parametrize(
    ("described", "example", "words"),
    [
        (ONNX, b'{"columns": ["a"], "data": [["high"]]}', "no number"),
        (ONNX, b'{"columns": ["a"], "data": [[1.0], [1.0, 2.0]]}', "ragged"),
        (ONNX, b'{"columns": 3, "data": [[1.0]]}', "columns"),
        (ONNX, b'{"data": {"a": 1}}', "no table"),
        (ONNX, b"\xff\xfe", "no input example that can be read"),
        (ONNX, EXAMPLE, "onnx"),
        (b"flavors: [unclosed", EXAMPLE, "MLmodel can't be read"),
        (b"- a\n- list\n", EXAMPLE, "MLmodel"),
        (b"flavors:\n  onnx: 3\n", EXAMPLE, "no tables"),
        (b"flavors:\n  onnx:\n    data: /etc/passwd\n", EXAMPLE, "not the model's"),
        (b"flavors:\n  onnx:\n    data: ../../../../etc/passwd\n", EXAMPLE, "not the model's"),
        (PICKLE, EXAMPLE, "pickle"),
        (b"", EXAMPLE, "MLmodel"),
    ],
)
async def test_documents_that_can_t_be_are_told_once_and_not_fetched_again(
    registry: Strange, described: bytes, example: bytes, words: str
) -> None:
    """The follower goes on; the alias has to name another version before anything is fetched."""
    registry.files = {"MLmodel": described, "input_example.json": example, "model.onnx": b"no graph"}
    async with following(registry) as site:
        first = await site.looks(1)
        assert words in first.problem, first
        fetched = len(registry.fetched)
        assert await site.looks(5) == first
        assert len(registry.fetched) == fetched
        registry.number = 2
        await site.looks(2)
        assert len(registry.fetched) == 2 * fetched


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc",
        "/etc",
        "s3://key:secret@bucket/model",
        "http://127.0.0.1:9/model",
        "mlflow-artifacts://127.0.0.1:9/model",
        "models:/other/1",
        "ftp://somebody/model",
    ],
)
async def test_nothing_connects_because_a_registry_said_so(registry: Strange, source: str) -> None:
    """What its own server does not pass on is refused."""
    registry.source = source
    async with following(registry) as site:
        found = await site.looks(2)
        assert "nothing is fetched" in found.problem
        assert "secret" not in found.problem
        assert not registry.fetched


async def test_a_folder_of_this_machine_is_read_where_the_configuration_says_so(
    registry: Strange, tmp_path: Path
) -> None:
    """And none beside it."""
    model = tmp_path / "shared" / "model"
    packed(model / "package", "2.0.0", 1.0)
    registry.source = model.as_uri()
    async with following(registry, artifacts_folder=tmp_path / "shared") as site:
        assert (await site.looks(1)).version == "2.0.0"
        (tmp_path / "beside").mkdir()
        registry.source, registry.number = str(tmp_path / "shared" / ".." / "beside"), 2
        assert "nothing is fetched" in (await site.looks(2)).problem


async def test_a_version_that_is_too_large_is_not_fetched_to_its_end(registry: Strange) -> None:
    """The size that the registry tells of a file counts for nothing."""
    registry.files = {"MLmodel": ONNX, "model.onnx": bytes(3 * 2**20), "z": b"1"}
    async with following(registry) as site:
        assert "too large" in (await site.looks(3)).problem
        assert registry.fetched == ["MLmodel", "model.onnx"]


@pytest.mark.parametrize("path", ["/alias", "/get-download-uri", "/mlflow-artifacts/artifacts"])
async def test_an_answer_without_an_end_is_given_up(registry: Strange, path: str) -> None:
    """It takes no memory, and the registry is asked again."""
    registry.files = {"MLmodel": ONNX}
    registry.endless = path
    async with following(registry) as site:
        assert "an answer is larger than 1048576 bytes" in (await site.looks(1)).problem
        assert registry.sent < 32 * 2**20


async def test_folders_without_an_end_are_given_up(
    registry: Strange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are beside or below one another."""
    monkeypatch.setattr(artifacts, "MOST_FILES", 20)
    registry.files = {f"{number}/file": b"" for number in range(21)}
    async with following(registry) as site:
        assert "too many folders" in (await site.looks(1)).problem
        registry.files, registry.number = {f"{'a/' * 20}file": b""}, 2
        assert "too deep" in (await site.looks(2)).problem


async def test_a_refusal_stays_shown_until_it_is_none(registry: Strange, tmp_path: Path) -> None:
    """The gate's reason is there at every look, and goes once the version is staged by somebody."""
    registry.files = packed(tmp_path / "package", "2.0.0", 1.0)
    async with following(registry) as site:
        site.refusal = GateFailed("too slow by far")
        first = await site.looks(1)
        assert first.version == "2.0.0"
        assert "2.0.0 is Rejected here: too slow by far" in first.problem
        assert await site.looks(5) == first
        entry = site.lifecycle.versions["2.0.0"]
        again = Step(StepKind.STAGE, "2.0.0", content_hash=entry.content_hash)
        site.lifecycle = site.lifecycle.after(again)
        assert (await site.looks(2)).problem == ""


async def test_other_bytes_of_a_known_version_have_not_come(registry: Strange, tmp_path: Path) -> None:
    """A package is the registry's where its content is."""
    registry.files = packed(tmp_path / "package", "2.0.0", 1.0)
    async with following(registry) as site:
        assert (await site.looks(1)).problem == ""
        registry.files, registry.number = packed(tmp_path / "other", "2.0.0", 3.0), 2
        assert "another package has this version" in (await site.looks(3)).problem


def packed(folder: Path, version: str, gain: float) -> dict[str, bytes]:
    """A package of ours as files of a registry."""
    rows = np.random.default_rng(7).normal(size=(60, 2))
    folder.parent.mkdir(parents=True, exist_ok=True)
    model = LinearRegression().fit(rows, gain * rows.sum(axis=1))
    pack(model, rows, name="pump", version=version, path=folder, names=["x1", "x2"])
    return {f"package/{path.name}": path.read_bytes() for path in folder.iterdir()}
