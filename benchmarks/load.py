"""The load generator: compiled from `loadgen/`, and run beside the server that it measures."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.environments import Unavailable, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCES = Path(__file__).parent / "loadgen"
_PATIENCE_S = 90.0


def load_generator() -> Path:
    """The program.

    Raises:
        Unavailable: there is no cc, or no Linux.
    """
    return compiled("loadgen", SOURCES, "-lm")


class Figures(NamedTuple):
    """What one turn measured: latencies in µs, processor times in µs per response."""

    responses: int
    seconds: float
    per_second: float
    p50_us: float
    p99_us: float
    p999_us: float
    max_us: float
    server_cpu_us: float
    loader_cpu_us: float

    @property
    def cores(self) -> float:
        """Processors that the server kept at work."""
        return self.per_second * self.server_cpu_us / 1e6


@dataclass(frozen=True, slots=True)
class Request:
    """One request, encoded before.

    Attributes:
        mode: opcua, http or grpc.
        body: its bytes, as the load generator's mode takes them.
        url: of the endpoint, or the method's path for gRPC.
        expect: outputs, values or results of an answer (opcua), least bytes of one (http, grpc); 0 for any.
        value: the first Double of each answer; None for any (opcua).
        policy: PolicyId of the anonymous user token (opcua).
    """

    mode: str
    port: int
    body: bytes = field(repr=False)
    url: str = ""
    expect: int = 0
    value: float | None = None
    policy: str = "anonymous"

    def arguments(self, body: Path, watched: Sequence[int]) -> list[str]:
        """The load generator's options."""
        given: dict[str, Any] = {
            "port": self.port,
            "body": body,
            "expect": self.expect,
            "policy": self.policy,
        }
        if self.url:
            given["url"] = self.url
        if self.value is not None:
            given["value"] = self.value
        pairs = [(f"--{name}", str(value)) for name, value in given.items()]
        pairs += [("--watch", str(pid)) for pid in watched]
        return [word for pair in pairs for word in pair]


def run_load(
    request: Request,
    watched: Sequence[int],
    *,
    connections: int = 1,
    seconds: float = 0.5,
    warm: float = 0.05,
) -> Figures:
    """Send the request over and over, one at a time on each connection, and check every answer.

    Args:
        request: what is sent.
        watched: processes whose processor time counts as the server's.
        connections: that are open at once.
        seconds: to measure.
        warm: seconds before that.

    Raises:
        Unavailable: the server refused, or gave another answer than the wanted one.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(request.body)
        file.flush()
        options = request.arguments(Path(file.name), watched)
        options += ["--connections", str(connections), "--seconds", str(seconds), "--warm", str(warm)]
        done = subprocess.run(
            [str(load_generator()), request.mode, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
    if done.returncode:
        raise Unavailable(f"load over {request.mode}: {done.stderr.strip() or done.returncode}")
    return Figures(**json.loads(done.stdout))
