"""NodeIds as asyncua wants them built."""

from __future__ import annotations

from typing import Any, cast

from asyncua import ua


def standard(number: int) -> ua.NodeId:
    """A node of the standard's namespace, by its number."""
    return ua.NodeId(ua.Int32(number))


def node_id(identifier: object, namespace: int) -> ua.NodeId:
    """A node by identifier (number, text, GUID or bytes) and namespace index."""
    return ua.NodeId(cast("Any", identifier), ua.Int16(namespace))


def bare(node: ua.NodeId) -> ua.NodeId:
    """The same node without what an expanded NodeId adds."""
    return ua.NodeId(node.Identifier, node.NamespaceIndex)
