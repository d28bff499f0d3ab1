"""NodeIds of the standard namespace and of the simulator's."""

from __future__ import annotations

from asyncua import ua


def standard_node(identifier: int) -> ua.NodeId:
    """A node of namespace 0 by its number."""
    return ua.NodeId(ua.Int32(identifier))


def string_node(path: str, namespace: int) -> ua.NodeId:
    """A node by its string identifier, like ``PumpStation.Flow``."""
    return ua.NodeId(ua.String(path), ua.Int16(namespace))
