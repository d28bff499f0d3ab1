"""The OPC UA servers under test."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asyncua.client.client import Client

from benchmarks.bodies import anonymous_policy, build, call_body, read_body
from benchmarks.environments import NodeEnvironment, OwnEnvironment, PythonEnvironment
from benchmarks.load import Figures, Request, run_load
from benchmarks.packages import model_package
from benchmarks.processes import Process, free_port
from benchmarks.servers.logistic import ROW, probability
from benchmarks.service_file import SITE, methods_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from asyncua import ua

    from benchmarks.bench import Bench

SERVERS = Path(__file__).parent / "servers"
FIRST_OUTPUT = 1.5  # of the empty method
OUTPUTS_OF_PREDICT = 8  # label, probabilities, confidence, label's text, version, id, status, reason


@dataclass(frozen=True, slots=True)
class OpcuaPeer:
    """A running OPC UA server with one method to call.

    Attributes:
        name: as in the table.
        process: it runs in.
        port: it listens on.
        url: of its endpoint.
        namespace: index of the namespace with all that is measured.
        target, method: what is called.
        outputs: of the method, and the first Double among them.
        policy: PolicyId of anonymous users.
    """

    name: str
    process: Process
    port: int
    url: str
    namespace: int
    target: str
    method: str
    outputs: tuple[int, float]
    policy: str

    def node(self, name: str) -> ua.NodeId:
        """A node of its namespace."""
        found: ua.NodeId = build.NodeId(name, self.namespace)
        return found

    def variables(self, count: int) -> list[ua.NodeId]:
        """The first `count` of the variables that count up."""
        return [self.node(f"V{number}") for number in range(count)]

    def call(self) -> Request:
        """One Call of its method with the row."""
        body = call_body(self.node(self.target), self.node(self.method), ROW)
        count, first = self.outputs
        return Request("opcua", self.port, body, self.url, count, first, self.policy)

    def read(self, nodes: Sequence[ua.NodeId]) -> Request:
        """One Read of the values of these nodes."""
        return Request("opcua", self.port, read_body(nodes), self.url, len(nodes), None, self.policy)

    def turn(
        self, request: Request, *, connections: int = 1, seconds: float, warm: float = 0.05
    ) -> Callable[[], Figures]:
        """One turn of load with this request."""
        pids = self.process.pids
        return partial(run_load, request, pids, connections=connections, seconds=seconds, warm=warm)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files for SignAndEncrypt."""

    certificate: Path
    key: Path


@contextmanager
def _started(name: str, process: Process, port: int, outputs: tuple[int, float]) -> Iterator[OpcuaPeer]:
    with process:
        facts = process.facts
        policy = asyncio.run(anonymous_policy(facts["url"]))
        yield OpcuaPeer(
            name,
            process,
            port,
            facts["url"],
            facts["namespace"],
            facts["object"],
            facts["method"],
            outputs,
            policy,
        )


def server(
    stack: str, variables: int = 0, certificate: Certificate | None = None, *, own_environment: bool = False
) -> Callable[[Bench], AbstractContextManager[OpcuaPeer]]:
    """Plain asyncua («asyncua»), or our server class («opcua_ml»), with an empty method and variables.

    Args:
        stack: which.
        variables: that count up.
        certificate: with it SignAndEncrypt is offered as well.
        own_environment: run plain asyncua with the interpreter of the benchmarks.
    """

    def make(bench: Bench) -> AbstractContextManager[OpcuaPeer]:
        own = own_environment or stack == "opcua_ml"
        environment = OwnEnvironment() if own else PythonEnvironment("asyncua")
        port = free_port()
        command = [environment.executable(), str(SERVERS / "opcua_server.py"), "--stack", stack]
        command += ["--port", str(port), "--variables", str(variables)]
        if certificate is not None:
            command += ["--certificate", str(certificate.certificate), "--key", str(certificate.key)]
        return _started(stack, Process(f"{stack}-{port}", command, bench.folder), port, (2, FIRST_OUTPUT))

    return make


def node_opcua(variables: int = 0) -> Callable[[Bench], AbstractContextManager[OpcuaPeer]]:
    """node-opcua with the same method and variables."""

    def make(bench: Bench) -> AbstractContextManager[OpcuaPeer]:
        environment = NodeEnvironment("node-opcua")
        port = free_port()
        command = [environment.executable(), str(SERVERS / "node_opcua_server.js"), str(port), str(variables)]
        modules = {"NODE_PATH": str(environment.modules())}
        process = Process(f"node-opcua-{port}", command, bench.folder, environment=modules)
        return _started("node-opcua", process, port, (2, FIRST_OUTPUT))

    return make


async def _namespace(url: str, uri: str) -> int:
    async with Client(url) as client:
        return int(await client.get_namespace_index(uri))


PREDICT = "Predict"
BY_ONNXRUNTIME = "Predict by onnxruntime"


@contextmanager
def service(
    bench: Bench, models: int = 1, trusted: Path | None = None, *, fold: bool = True
) -> Iterator[OpcuaPeer]:
    """The service as its users run it, with the model for all its names, and its method Predict.

    Args:
        bench: the run.
        models: how many are served, all alike: logistic0000 and on.
        trusted: certificate of a client that may connect.
        fold: whether single rows are computed from the graph's weights, as is usual, or by onnxruntime.

    Raises:
        Unavailable: it does not start, or does not answer as the model does.
    """
    port = free_port()
    package = model_package(bench.folder)
    file = methods_only(bench.folder / f"service-{port}", port, package, models, fold=fold)
    if trusted is not None:
        store = file.parent / "pki" / "trusted" / "certs"
        store.mkdir(parents=True)
        shutil.copy(trusted, store)
    command = [OwnEnvironment().executable(), "-m", "opcua_ml", "serve", str(file)]
    process = Process(f"service-{port}", command, file.parent, first_line=lambda line: {"url": line})
    with process:
        url = process.facts["url"]
        policy = asyncio.run(anonymous_policy(url))
        space = asyncio.run(_namespace(url, SITE))
        outputs = (OUTPUTS_OF_PREDICT, probability())
        name, method = "logistic0000", "logistic0000.Predict"
        told = PREDICT if fold else BY_ONNXRUNTIME
        peer = OpcuaPeer(told, process, port, url, space, name, method, outputs, policy)
        run_load(peer.call(), (), seconds=0.3, warm=0)
        yield peer
