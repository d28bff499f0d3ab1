"""What a request costs our server, as a share of what it costs plain asyncua on the same machine just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.figures import compare, in_turn

if TYPE_CHECKING:
    from benchmarks.load import Figures, Request
    from benchmarks.opcua_peers import OpcuaPeer

pytestmark = pytest.mark.alone  # caches that others fill make both dearer, and not by the same factor
ROUNDS = 7
SECONDS = 0.15
BOUNDS = {"call": 1.1, "read 1": 0.6, "read 100": 0.2}
"""Shares of plain asyncua's processor time, with room for a busy machine."""
PREDICT_BOUND = 0.4
"""The same for a whole prediction, of plain asyncua's empty Call."""


def request_of(peer: OpcuaPeer, name: str) -> Request:
    """The request to measure by."""
    if name == "call":
        return peer.call()
    return peer.read(peer.variables(int(name.split()[1])))


@pytest.mark.parametrize("name", BOUNDS)
def test_a_request_costs_no_more_than_its_share(
    name: str, our_peer: OpcuaPeer, asyncua_peer: OpcuaPeer
) -> None:
    """Processor time per request, both servers in turn: a slower machine slows both."""
    turns = {
        peer.name: peer.turn(request_of(peer, name), seconds=SECONDS) for peer in (our_peer, asyncua_peer)
    }

    found = in_turn(turns, ROUNDS)

    row = compare(("guard", name), cpu(found["opcua_ml"]), "asyncua", cpu(found["asyncua"]))
    assert row.ratio is not None
    assert row.ratio <= BOUNDS[name], row


def test_a_prediction_costs_less_than_an_empty_call(service_peer: OpcuaPeer, asyncua_peer: OpcuaPeer) -> None:
    """The service as its users run it, with a model on ONNX."""
    turns = {peer.name: peer.turn(peer.call(), seconds=SECONDS) for peer in (service_peer, asyncua_peer)}

    found = in_turn(turns, ROUNDS)

    row = compare(("guard", "Predict"), cpu(found["Predict"]), "asyncua", cpu(found["asyncua"]))
    assert row.ratio is not None
    assert row.ratio <= PREDICT_BOUND, row


def cpu(figures: list[Figures]) -> list[float]:
    """Processor time of the server per request, by turns."""
    return [turn.server_cpu_us for turn in figures]
