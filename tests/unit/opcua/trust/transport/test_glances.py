"""Whose bytes have come is served within a run of the event loop, once, in a context of its own."""

from __future__ import annotations

import select
import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from opcua_ml.opcua.trust.transport.glances import Glances

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="the system has no epoll")
_step: ContextVar[str] = ContextVar("step", default="none")


class Peer:
    """A connection of two sockets, ours being watched.

    Args:
        glances: that watch it.
    """

    def __init__(self, glances: Glances) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.served = 0
        self.aborted = False
        self.seen: list[str] = []
        self.serve = self._serve
        glances.watch(self.ours.fileno(), self.serve, self.abort)

    def _serve(self) -> None:
        self.served += 1
        self.seen.append(_step.get())

    def abort(self) -> None:
        """End it."""
        self.aborted = True

    def close(self) -> None:
        """Both ends."""
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def glances() -> Iterator[Glances]:
    """They watch nobody yet."""
    one = Glances()
    yield one
    one.close()


def test_each_arrival_is_served_once(glances: Glances) -> None:
    """And nobody of whom nothing has come."""
    busy, silent = Peer(glances), Peer(glances)
    assert not glances.look()
    busy.theirs.send(b"a")
    assert glances.look()
    assert not glances.look()
    busy.theirs.send(b"b")
    assert glances.look()
    assert (busy.served, silent.served) == (2, 0)
    for one in (busy, silent):
        one.close()


def test_what_the_loop_has_read_already_is_no_arrival(glances: Glances) -> None:
    """It was the first."""
    peer = Peer(glances)
    peer.theirs.send(b"a")
    assert peer.ours.recv(10) == b"a"
    assert not glances.look()
    peer.close()


def test_who_is_served_does_not_see_the_context_of_the_step_before(glances: Glances) -> None:
    """Such as what its client calls a request."""
    peer = Peer(glances)
    _step.set("another's")
    peer.theirs.send(b"a")
    glances.look()
    assert peer.seen == ["none"]
    peer.close()


def test_a_glance_within_a_glance_sees_nothing(glances: Glances) -> None:
    """Who is served is not interrupted for others."""
    first, second = Peer(glances), Peer(glances)
    inner: list[bool] = []
    glances.forget(first.ours.fileno(), first.serve)
    glances.watch(first.ours.fileno(), lambda: inner.append(glances.look()), first.abort)
    for one in (first, second):
        one.theirs.send(b"a")
    assert glances.look()
    assert inner == [False]
    assert second.served == 1
    for one in (first, second):
        one.close()


def test_who_is_forgotten_is_not_served(glances: Glances) -> None:
    """Bytes may still come."""
    peer = Peer(glances)
    glances.forget(peer.ours.fileno(), peer.serve)
    peer.theirs.send(b"a")
    assert not glances.look()
    peer.close()


def test_who_is_forgotten_late_takes_nothing_from_the_next_with_its_number(glances: Glances) -> None:
    """The system gives the numbers of closed sockets to new ones."""
    old = Peer(glances)
    number = old.ours.fileno()
    old.close()
    new = Peer(glances)
    assert new.ours.fileno() == number
    glances.forget(number, old.serve)
    new.theirs.send(b"a")
    assert glances.look()
    assert new.served == 1
    new.close()


def test_what_fails_for_one_ends_its_connection_alone(glances: Glances) -> None:
    """Whose step it is does not hear of it, and the next one is served."""
    bad, good = Peer(glances), Peer(glances)

    def fail() -> None:
        raise RuntimeError

    glances.forget(bad.ours.fileno(), bad.serve)
    glances.watch(bad.ours.fileno(), fail, bad.abort)
    for one in (bad, good):
        one.theirs.send(b"a")
    assert glances.look()
    assert bad.aborted
    assert (good.served, good.aborted) == (1, False)
    for one in (bad, good):
        one.close()


def test_where_the_system_watches_no_more_the_loop_does_it_all(glances: Glances) -> None:
    """As with a number that is no open file, or none at all."""
    peer = Peer(glances)
    closed = peer.ours.fileno()
    peer.close()
    glances.forget(closed, peer.serve)
    for number in (closed, peer.ours.fileno()):
        glances.watch(number, peer.serve, peer.abort)
    assert not glances.look()
    assert peer.served == 0


def test_hundreds_are_served_at_some_glances(glances: Glances) -> None:
    """Sixteen at most at one."""
    peers = [Peer(glances) for _ in range(40)]
    for peer in peers:
        peer.theirs.send(b"a")
    glances.look()
    assert 0 < sum(peer.served for peer in peers) <= 16
    while glances.look():
        pass
    assert [peer.served for peer in peers] == [1] * 40
    for peer in peers:
        peer.close()


def test_where_there_is_no_epoll_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop does it all, as on Windows."""
    monkeypatch.delattr(select, "epoll")
    blind = Glances()
    peer = Peer(blind)
    peer.theirs.send(b"a")
    assert not blind.look()
    blind.forget(peer.ours.fileno(), peer.serve)
    blind.close()
    peer.close()
