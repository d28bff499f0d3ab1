"""Browsing, of as many nodes at once as the server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.server.address_space import AddressSpace, ViewService

if TYPE_CHECKING:
    from asyncua import ua

    from opcua_ml_simulator.opcua.limits import ServerLimits


class PlcViewService(ViewService):
    """Holds to the limits.

    Args:
        space: the server's.
        limits: of the server.
    """

    def __init__(self, space: AddressSpace, limits: ServerLimits) -> None:
        super().__init__(space)
        self._limits = limits

    def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        """References of some nodes."""
        self._limits.check_operations(len(params.NodesToBrowse))
        return super().browse(params)

    def translate_browsepaths_to_nodeids(self, browsepaths: list[ua.BrowsePath]) -> list[ua.BrowsePathResult]:
        """Targets of some paths."""
        self._limits.check_operations(len(browsepaths))
        return super().translate_browsepaths_to_nodeids(browsepaths)
