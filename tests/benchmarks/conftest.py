"""Servers for the load generator, and a cache folder that is not the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import opcua_peers
from benchmarks.bench import Bench
from benchmarks.environments import CACHE_VARIABLE, Unavailable
from benchmarks.load import load_generator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.opcua_peers import OpcuaPeer

VARIABLES = 100


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The load generator, compiled for this run; without a C compiler these tests are skipped."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        try:
            load_generator()
        except Unavailable as reason:
            pytest.skip(str(reason))
        yield folder


@pytest.fixture(scope="session")
def bench(cache: Path) -> Bench:
    """A quick run's means."""
    return Bench(cache, quick=True)


@pytest.fixture(scope="session")
def asyncua_peer(bench: Bench) -> Iterator[OpcuaPeer]:
    """Plain asyncua's server."""
    with opcua_peers.server("asyncua", VARIABLES, own_environment=True)(bench) as peer:
        yield peer


@pytest.fixture(scope="session")
def service_peer(bench: Bench) -> Iterator[OpcuaPeer]:
    """Our service with its model."""
    with opcua_peers.service(bench) as peer:
        yield peer


@pytest.fixture(scope="session")
def our_peer(bench: Bench) -> Iterator[OpcuaPeer]:
    """Our server class."""
    with opcua_peers.server("opcua_ml", VARIABLES)(bench) as peer:
        yield peer
