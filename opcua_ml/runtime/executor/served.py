"""The model process's own side: `python -m opcua_ml.runtime.executor.served`, with messages on its pipes.

It lives as long as its standard input is open, so it ends with the service whatever becomes of that.
"""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from opcua_ml.application.timed import timed
from opcua_ml.domain.errors import HashMismatch, InferenceFailed, OpcuaMlError
from opcua_ml.runtime.contract.foreign_error import told
from opcua_ml.runtime.executor.wire import of_computation, of_error, origin_in, receive, rows_in, send
from opcua_ml.runtime.loading.load import load
from opcua_ml.runtime.package.package import open_package

if TYPE_CHECKING:
    from opcua_ml.runtime.contract.model import LoadedModel, Origin


def main() -> None:
    """Load the model that the first message names, then answer one call after another."""
    requests, answers = _own_pipes()
    # Ctrl-C and a stop of the service's group reach us too; the service ends us when it is done.
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    try:
        model = _model(origin_in(receive(requests)))
    except OpcuaMlError as error:
        send(answers, of_error(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the service must be told in words
        send(answers, of_error(InferenceFailed("the model can't be loaded in a process", found=told(error))))
        return
    send(answers, {"ready": True})
    # bounded by the service, which waits for one answer before the next call
    calls: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, calls), name="listen", daemon=True).start()
    while True:
        send(answers, _answer(model, calls.get()))


def _answer(model: LoadedModel, call: dict[str, Any]) -> dict[str, Any]:
    try:
        return of_computation(timed(model.predict, rows_in(call)))
    except OpcuaMlError as error:
        return of_error(error)


def _listen(requests: IO[bytes], calls: SimpleQueue[dict[str, Any]]) -> None:
    """Take calls; leave at once where the service has gone, even in the midst of a call."""
    try:
        while True:
            calls.put(receive(requests))
    finally:
        os._exit(0)


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes for messages; what the model's library prints goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def _model(origin: Origin) -> LoadedModel:
    package = open_package(origin.path)
    if package.content_hash != origin.content_hash:
        raise HashMismatch(
            "the package changed while it was served",
            where=str(origin.path),
            found=package.content_hash,
            wanted=origin.content_hash,
        )
    return load(package, trust=origin.trust, prefer=(origin.artifact,))


if __name__ == "__main__":
    main()
