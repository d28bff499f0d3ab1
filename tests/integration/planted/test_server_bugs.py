"""A server with a planted bug of each weakness class fails the test that is there for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integration.planted.server_bugs import SERVER_BUGS
from tests.integration.trust.target import SHOWN, started
from tests.integration.trust.test_role_matrix import ByName

if TYPE_CHECKING:
    from tests.integration.planted.planting import Planted

CLASSES = {"1", "2", "3", "4", "9", "10", "11", "12", "13", "14"}


async def run(planted: Planted) -> None:
    """The test, with a server of its own where it wants one."""
    if not planted.server:
        await planted.test(*planted.arguments)
        return
    users = ByName() if planted.server == "matrix" else None
    async with started("plant", authenticator=users) as server:
        if planted.prepare is not None:
            await planted.prepare(server)
        if planted.server == "target":
            names = parameters(planted)
            await planted.test(target=server, **dict(zip(names, planted.arguments, strict=True)))
        else:
            await planted.test(server, *planted.arguments)


def parameters(planted: Planted) -> list[str]:
    """Names of the test's parameters beside its server."""
    wrapped = getattr(planted.test, "__wrapped__", planted.test)
    return [name for name in wrapped.__code__.co_varnames[: wrapped.__code__.co_argcount] if name != "target"]


@pytest.mark.parametrize("planted", SERVER_BUGS, ids=lambda planted: planted.label)
async def test_a_planted_bug_is_caught(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of its class passes without it elsewhere in this suite, and fails with it here."""
    assert planted.test.__name__.startswith("test_")
    with monkeypatch.context() as patch:
        planted.plant(patch)
        with pytest.raises(SHOWN):
            async with asyncio.timeout(2):
                await run(planted)


async def test_without_a_bug_the_same_way_of_running_passes() -> None:
    """What fails above fails for the bug: one of each kind, run alike, passes."""
    for planted in SERVER_BUGS:
        if planted.weakness.startswith(("4 services", "9 lengths", "13 the")):
            await run(planted)


def test_every_class_of_the_server_has_its_bug() -> None:
    """None is left out; those of certificates, tokens, PLCs and models stand beside their tests."""
    assert {planted.weakness.split()[0] for planted in SERVER_BUGS} == CLASSES
