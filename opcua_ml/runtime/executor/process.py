"""The other process's side: it loads the model from its package and answers one call after another."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import HashMismatch, InferenceFailed

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import LoadedModel, Origin

_loaded: list[LoadedModel] = []


def process_pool(origin: Origin) -> Executor:
    """A pool of one process, which starts at the first call.

    Spawned, not forked: a fork would copy the service's sockets and locks, and Windows has none.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(origin,))


def predict_there(rows: list[Row]) -> list[Row]:
    """Runs in the other process.

    Raises:
        InferenceFailed: the model failed.
    """
    if not _loaded:
        raise InferenceFailed("no model was loaded in this process")
    return _loaded[0].predict(rows)


def _begin(origin: Origin) -> None:
    from opcua_ml.runtime.load import load  # noqa: PLC0415 - this process alone needs it, when it starts
    from opcua_ml.runtime.package.package import open_package  # noqa: PLC0415 - likewise

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent ends us
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    package = open_package(origin.path)
    if package.content_hash != origin.content_hash:
        raise HashMismatch(
            "the package changed while it was served",
            where=str(origin.path),
            found=package.content_hash,
            wanted=origin.content_hash,
        )
    _loaded.append(load(package, trust=origin.trust, prefer=(origin.artifact,)))  # type: ignore[arg-type]


def _end_with_parent() -> None:
    """A service that is killed must not leave us behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
