"""The standard address space, built once per process; further servers copy a node when they first touch it.

Building takes asyncua 2.1 more than half a second of pure computation. With this a further server starts in
some hundredths, so that test suites can afford a fresh plant per test.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asyncua.server.address_space import AttributeValue, NodeData

if TYPE_CHECKING:
    from asyncua import ua
    from asyncua.server.address_space import AddressSpace

_BUILT: dict[ua.NodeId, NodeData] = {}


@contextmanager
def without_collector() -> Iterator[None]:
    """Build without looking for garbage: all these objects stay, and each search among them takes longer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def remember(space: AddressSpace) -> None:
    """Keep a freshly built standard address space and give the server copies of it from now on."""
    if not _BUILT:
        _BUILT.update({node_id: space[node_id] for node_id in space.keys()})  # noqa: SIM118 - no mapping
    restore(space)


def restore(space: AddressSpace) -> bool:
    """Fill an empty address space with what was remembered; False if nothing was."""
    if _BUILT:
        space._nodes = CopiedNodes(_BUILT)  # type: ignore[assignment]  # noqa: SLF001 - as its own shelf does
    return bool(_BUILT)


class CopiedNodes(MutableMapping["ua.NodeId", NodeData]):
    """Nodes of one server over originals that stay as they are.

    Args:
        originals: nodes that several servers share.
    """

    def __init__(self, originals: dict[ua.NodeId, NodeData]) -> None:
        self._originals = originals
        self._own: dict[ua.NodeId, NodeData] = {}
        self._deleted: set[ua.NodeId] = set()

    def __getitem__(self, node_id: ua.NodeId) -> NodeData:
        """The server's own node, copied from the original at the first look."""
        found = self._own.get(node_id)
        if found is None:
            if node_id in self._deleted:
                raise KeyError(node_id)
            found = self._own[node_id] = _copy(self._originals[node_id])
        return found

    def __setitem__(self, node_id: ua.NodeId, node: NodeData) -> None:
        """Add or replace a node of this server."""
        self._own[node_id] = node
        self._deleted.discard(node_id)

    def __delitem__(self, node_id: ua.NodeId) -> None:
        """Take a node from this server only."""
        if node_id not in self:
            raise KeyError(node_id)
        self._own.pop(node_id, None)
        self._deleted.add(node_id)

    def __contains__(self, node_id: object) -> bool:
        """Whether this server has the node, without copying it."""
        return node_id in self._own or (node_id in self._originals and node_id not in self._deleted)

    def __iter__(self) -> Iterator[ua.NodeId]:
        """Every NodeId of this server."""
        return (each for each in {**self._originals, **self._own} if each not in self._deleted)

    def __len__(self) -> int:
        """How many nodes this server has."""
        return sum(1 for _ in self)


def _copy(node: NodeData) -> NodeData:
    """A node whose attributes and references can change without changing the original's.

    The DataValues and ReferenceDescriptions are shared: a server replaces them, it does not change them.
    """
    copied = NodeData(node.nodeid)
    copied.attributes = {
        number: AttributeValue(attribute.value)
        for number, attribute in node.attributes.items()
        if attribute.value is not None
    }
    copied.references = node.references.copy()
    return copied
