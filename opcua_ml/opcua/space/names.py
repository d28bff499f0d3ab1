"""BrowseNames and NodeIds of the two namespaces of ours: the types that we ship, and the site's instances."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES_URI = "urn:opcua-ml:UA"


@cache
def _numbers() -> Mapping[str, int]:
    with bundled.node_ids().open(encoding="utf-8", newline="") as file:
        return {symbol: int(number) for symbol, number, _ in csv.reader(file)}


class Names:
    """Names in one server, whose namespace indices are its own.

    Args:
        types_index: of our types' namespace.
        site_index: of the site's namespace.
    """

    def __init__(self, types_index: int, site_index: int) -> None:
        self._types = ua.Int16(types_index)
        self._site = ua.Int16(site_index)

    def type(self, symbol: str) -> ua.NodeId:
        """The NodeId of one of our types, by its symbol in the shipped table; KeyError where it has none."""
        return ua.NodeId(ua.Int32(_numbers()[symbol]), self._types)

    def node(self, path: str) -> ua.NodeId:
        """The NodeId of one of the site's nodes."""
        return ua.NodeId(ua.String(path), self._site)

    def is_sites(self, name: ua.QualifiedName) -> bool:
        """Whether the site chose this BrowseName."""
        return bool(name.NamespaceIndex == self._site)

    def own(self, name: str) -> ua.QualifiedName:
        """A BrowseName that our types declare."""
        return ua.QualifiedName(name, ua.UInt16(self._types))

    def site(self, name: str) -> ua.QualifiedName:
        """A BrowseName that the site chose: of a model, a feature, a PLC."""
        return ua.QualifiedName(name, ua.UInt16(self._site))
