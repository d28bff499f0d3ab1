"""A service with a store, candidates to deploy on it, and an engineer."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from asyncua import ua
from sklearn.linear_model import LinearRegression

from opcua_ml import pack
from opcua_ml.config import load
from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.identity.users.user_administration import add_user
from opcua_ml.service.service import Service
from opcua_ml.store.packages import sign_package
from opcua_ml.store.signing import new_key
from tests.integration.service.hmi import Hmi
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from opcua_ml.domain.prediction import Prediction

PASSWORD = "the engineer's own password"
PRIVATE, PUBLIC = new_key()
SITE = "urn:test:site"
ROWS = np.random.default_rng(7).normal(size=(60, 2))


def candidate(folder: Path, version: str, gain: float, *, inputs: int = 2, signed: bool = True) -> Path:
    """A model that answers `gain * (x1 + x2 + …)`, so that its version is seen in its answers; a zip."""
    rows = np.random.default_rng(7).normal(size=(60, inputs))
    bare, made = folder / f"bare-{version}.zip", folder / f"sum-{version}.zip"
    model = LinearRegression().fit(rows, rows.sum(axis=1))
    model.coef_, model.intercept_ = gain * model.coef_, gain * model.intercept_
    names = [f"x{place + 1}" for place in range(inputs)]
    pack(model, rows, gain * rows.sum(axis=1), name="sum", version=version, path=bare, names=names)
    if not signed:
        return bare
    sign_package(bare, made, PRIVATE, "key")
    return made


@dataclass
class Plant:
    """A running service and who may manage it."""

    folder: Path
    service: Service
    engineer: Hmi

    async def do(self, method: str, *arguments: Any, model: str = "sum") -> None:
        """Call a method of the model; the timeout of Promote is given as a float."""
        await managed(self.engineer, method, *arguments, model=model)

    async def predict(self, x1: float = 1.0, x2: float = 2.0) -> tuple[Any, str]:
        """The model's answer to one row, and the version that gave it."""
        return await predicted(self.engineer, x1, x2)

    async def state(self, version: str) -> str:
        """Of a version."""
        return await self.engineer.text(f"sum.Versions.{version.replace('.', '%2E')}.State")

    async def drop(self, package: Path) -> None:
        """Copy a package into the inbox, and wait until it was looked at."""
        inbox = self.folder / "inbox"
        inbox.mkdir(exist_ok=True)
        shutil.copy(package, inbox)
        async with asyncio.timeout(30):
            while (inbox / package.name).exists():  # noqa: ASYNC110 - the service's doing
                await asyncio.sleep(0.02)


async def managed(hmi: Hmi, method: str, *arguments: Any, model: str = "sum") -> None:
    """Call one of the methods as an engineer's client does."""
    kinds = {str: ua.VariantType.String, float: ua.VariantType.Double}
    given = [ua.Variant(one, kinds[type(one)]) for one in arguments]
    await hmi.client.get_node(hmi.node_id(model)).call_method(hmi.node_id(f"{model}.{method}"), *given)


def shows(wanted: object) -> Callable[[ua.DataValue], bool]:
    """Whether a variable has this value."""
    return lambda found: found.Value is not None and found.Value.Value == wanted


async def predicted(hmi: Hmi, x1: float, x2: float) -> tuple[Any, str]:
    """Call Predict."""
    given = [ua.Variant(one, ua.VariantType.Double) for one in (x1, x2)]
    output, version, *_ = await hmi.client.get_node(hmi.node_id("sum")).call_method(
        hmi.node_id("sum.Predict"), *given
    )
    return float(output), str(version)


OPEN = '["None"]'


def written(folder: Path, *, store: str = "", model: str = "", policies: str = OPEN) -> str:
    """The configuration, beside what it names."""
    (folder / "signers").mkdir(exist_ok=True)
    (folder / "signers" / "plant.pem").write_bytes(PUBLIC)
    users = folder / "users.toml"
    if not users.exists():
        add_user(users, "ann", [Role.ENGINEER, Role.OPERATOR], password=PASSWORD)
        add_user(users, "otto", [Role.OPERATOR], password=PASSWORD)
        candidate(folder, "1.0.0", 1.0)
    text = f"""
        [server]
        endpoint = "opc.tcp://127.0.0.1:0/opcua-ml"
        namespace_uri = "{SITE}"
        [server.security]
        policies = {policies}
        [store]
        inbox = "inbox"
        {store}
        [models.sum]
        package = "./sum-1.0.0.zip"
        versioned = true
        {model}
        """
    file = folder / "plant.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@asynccontextmanager
async def login(endpoint: str, user: str) -> AsyncIterator[Hmi]:
    """A client of this user."""
    client = Client(endpoint)
    client.set_user(user)
    client.set_password(PASSWORD)
    async with client:
        yield Hmi(client, await client.get_namespace_index(SITE))


@asynccontextmanager
async def running(
    folder: Path,
    *,
    store: str = "",
    model: str = "",
    policies: str = OPEN,
    seen: list[Prediction] | None = None,
) -> AsyncIterator[Plant]:
    """The service in this process, and its engineer."""
    file = written(folder, store=store, model=model, policies=policies)
    configuration = load(Path(file))
    stop, opened = asyncio.Event(), asyncio.Event()
    service = Service(configuration, source=file, observe=None if seen is None else seen.append)
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run(stop, opened=opened.set), name="service")
        try:
            async with asyncio.timeout(60):
                await opened.wait()
            async with login(service.endpoint, "ann") as engineer:
                yield Plant(folder, service, engineer)
        finally:
            stop.set()
