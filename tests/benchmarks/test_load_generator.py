"""The load generator measures right answers only, counts what arrives, and says what is wrong."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from benchmarks import bare_servers
from benchmarks.bodies import call_body, grpc_request, http_request
from benchmarks.environments import Unavailable
from benchmarks.load import run_load
from benchmarks.processes import free_port
from benchmarks.servers.logistic import ROW
from benchmarks.subscribing import Watching, deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.bare_servers import BareServer
    from benchmarks.bench import Bench
    from benchmarks.opcua_peers import OpcuaPeer

SHORT = 0.1
VARIABLES = 100  # of each server


def test_it_measures_latency_throughput_and_processor_time(our_peer: OpcuaPeer) -> None:
    """Every figure of a turn is there, and the quantiles are in order."""
    figures = run_load(our_peer.call(), our_peer.process.pids, connections=4, seconds=SHORT)

    assert figures.responses > 0
    assert 0 < figures.p50_us <= figures.p99_us <= figures.p999_us <= figures.max_us
    assert figures.per_second == pytest.approx(figures.responses / figures.seconds, rel=0.01)
    assert figures.server_cpu_us > 0


def test_it_costs_less_than_the_server_it_measures(asyncua_peer: OpcuaPeer) -> None:
    """A request costs the load generator less than half of what it costs the server."""
    figures = run_load(asyncua_peer.call(), asyncua_peer.process.pids, seconds=SHORT)

    assert figures.loader_cpu_us < figures.server_cpu_us / 2


def test_another_value_than_the_wanted_one_is_refused(our_peer: OpcuaPeer) -> None:
    """A fast wrong answer is no figure."""
    with pytest.raises(Unavailable, match=r"the first number of an answer is 1\.5; wanted 3"):
        run_load(replace(our_peer.call(), value=3.0), (), seconds=SHORT)


def test_another_number_of_outputs_is_refused(our_peer: OpcuaPeer) -> None:
    """An answer is walked to its last byte."""
    with pytest.raises(Unavailable, match="a Call has 2 outputs; wanted 3"):
        run_load(replace(our_peer.call(), expect=3), (), seconds=SHORT)


def test_a_call_that_is_refused_is_told_with_its_status(our_peer: OpcuaPeer) -> None:
    """The StatusCode of the result reaches the user."""
    body = call_body(our_peer.node("Machine"), our_peer.node("Machine.Missing"), ROW)

    with pytest.raises(Unavailable, match="a Call ended with StatusCode 0x80"):
        run_load(replace(our_peer.call(), body=body), (), seconds=SHORT)


def test_reading_a_node_that_is_not_there_is_refused(our_peer: OpcuaPeer) -> None:
    """Each value's own StatusCode counts."""
    nodes = [*our_peer.variables(2), our_peer.node("Missing")]

    with pytest.raises(Unavailable, match="value 2 of a Read has StatusCode 0x80340000"):
        run_load(our_peer.read(nodes), (), seconds=SHORT)


@pytest.mark.usefixtures("cache")
def test_a_port_where_nobody_listens_is_told() -> None:
    """The reason is the system's."""
    with pytest.raises(Unavailable, match="Connection refused"):
        run_load(http_request(free_port(), "/", {}), (), seconds=SHORT)


class Answers(BaseHTTPRequestHandler):
    """Answers every POST with the path's status."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read the body, answer ten bytes."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def http_server() -> Iterator[int]:
    """A small HTTP server; its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.usefixtures("cache")
def test_it_speaks_http() -> None:
    """Answers with status 200 and enough bytes count."""
    with http_server() as port:
        figures = run_load(http_request(port, "/200", {"row": [1.0]}, least=10), (), seconds=SHORT)

    assert figures.responses > 0


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("path", "least", "words"),
    [("/500", 1, "a request was answered by «HTTP/1.1 500"), ("/200", 11, "an answer has 10 bytes; wanted")],
)
def test_http_answers_that_are_not_wanted_are_refused(path: str, least: int, words: str) -> None:
    """An error page is no prediction."""
    with http_server() as port, pytest.raises(Unavailable, match=words):
        run_load(http_request(port, path, {}, least=least), (), seconds=SHORT)


@pytest.mark.usefixtures("cache")
def test_a_server_that_is_none_of_grpc_is_told() -> None:
    """What comes back is no HTTP/2; the load ends with a sentence, not with figures."""
    with http_server() as port, pytest.raises(Unavailable, match="load over grpc"):
        run_load(grpc_request(port, "logistic", ROW), (), seconds=SHORT)


@pytest.mark.parametrize("name", ["our_peer", "asyncua_peer"])
def test_it_counts_every_change_of_a_subscription(name: str, request: pytest.FixtureRequest) -> None:
    """As many values arrive as the server has changed, and none is lost."""
    peer: OpcuaPeer = request.getfixturevalue(name)

    delivery = deliver(peer, peer.variables(VARIABLES), rate=1000, seconds=0.4)

    assert delivery.values == delivery.changes == 400
    assert delivery.lost == 0
    assert delivery.held
    assert delivery.cpu_us > 0


def test_it_sees_the_changes_that_a_short_queue_loses(our_peer: OpcuaPeer) -> None:
    """Counters that jump are losses: ten changes of a variable in one interval, room for one."""
    nodes, short = our_peer.variables(VARIABLES), Watching(queue=1)
    delivery = deliver(our_peer, nodes, rate=VARIABLES * 100, seconds=0.4, watching=short)

    assert delivery.lost > 0
    assert not delivery.held


def test_sessions_are_given_back(our_peer: OpcuaPeer, cache: Path) -> None:
    """Many turns with many connections never use a server's sessions up."""
    assert cache.exists()
    for _ in range(8):
        run_load(our_peer.call(), (), connections=64, seconds=0.01, warm=0.0)


@pytest.mark.parametrize("make", [bare_servers.on_uvloop, bare_servers.in_c])
def test_a_server_that_only_answers_costs_less_than_one_that_thinks(
    make: Callable[[Bench], AbstractContextManager[BareServer]], bench: Bench, asyncua_peer: OpcuaPeer
) -> None:
    """So that it is a floor."""
    try:
        with make(bench) as server:
            bare = server.turn(connections=2, seconds=SHORT)()
    except Unavailable as reason:
        pytest.skip(str(reason))
    theirs = asyncua_peer.turn(asyncua_peer.call(), connections=2, seconds=SHORT)()

    assert 0 < bare.server_cpu_us < theirs.server_cpu_us
