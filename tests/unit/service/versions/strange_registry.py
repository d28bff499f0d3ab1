"""A registry that answers as MLflow's server does, and holds whatever it is told to hold."""

from __future__ import annotations

import json
import posixpath
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase

ENDLESS = 256 * 2**20
ROOT = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass
class Strange:
    """What it holds.

    Attributes:
        number: of the version that the alias names.
        source: where its files are said to lie.
        files: by path below the source.
        fetched: paths of the files that were asked for.
        endless: end of the paths whose answers go on for ever.
        sent: bytes of the last such answer.
    """

    number: int = 1
    source: str = "mlflow-artifacts:/model"
    files: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    uri: str = ""
    endless: str = "nothing"
    sent: int = 0

    def listed(self, folder: str) -> list[dict[str, Any]]:
        """The entries of a folder, as the server tells them."""
        below = folder.removeprefix("model").strip("/")
        names = {path.removeprefix(below).strip("/") for path in self.files if path.startswith(below)}
        firsts = sorted({name.split("/")[0] for name in names if name})
        return [{"path": one, "is_dir": one not in names, "file_size": 1} for one in firsts]

    def told(self, path: str, query: str) -> dict[str, Any] | None:
        """The answer in JSON; None for a path that there is not."""
        if path == ROOT:
            return {"files": self.listed(parse_qs(query).get("path", [""])[0])}
        answers: dict[str, dict[str, Any]] = {
            "alias": {"model_version": {"name": "pump", "version": str(self.number)}},
            "get-download-uri": {"artifact_uri": self.source},
        }
        return answers.get(path.rpartition("/")[2])

    def send_for_ever(self, stream: BufferedIOBase) -> None:
        """A text without an end, until the client goes."""
        self.sent = stream.write(b'{"message": "')
        with suppress(OSError):
            while self.sent < ENDLESS:
                self.sent += stream.write(b"x" * 65_536)

    def file(self, path: str) -> bytes:
        """One file."""
        name = posixpath.relpath(path, f"{ROOT}/model")
        self.fetched.append(name)
        return self.files[name]


@contextmanager
def strange_registry() -> Iterator[Strange]:
    """At work until the block ends."""
    held = Strange()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.endswith(held.endless):
                self.send_response(200)
                self.end_headers()
                held.send_for_ever(self.wfile)
            elif parts.path.startswith(f"{ROOT}/"):
                self._send(held.file(parts.path))
            elif (told := held.told(parts.path, parts.query)) is not None:
                self._tell(told)
            else:
                self.send_error(404)

        def _tell(self, document: dict[str, Any]) -> None:
            self._send(json.dumps(document).encode())

        def _send(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.uri = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
