"""NodeIds, BrowseNames and indices of a file as those of the server, whose namespaces have other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.uaerrors import UaError

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.bounds import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Numbering:
    """From one file's namespace indices to the server's.

    Args:
        indices: of the server, by the index in the file.
        aliases: the file's names for NodeIds.
        where: the file, for errors.
    """

    def __init__(self, indices: Sequence[int], aliases: Mapping[str, str], where: str) -> None:
        self._indices = indices
        self._aliases = aliases
        self._where = where
        self._known: dict[str, ua.NodeId] = {}

    def node_id(self, text: str | None) -> ua.NodeId:
        """A NodeId or an alias; the null NodeId for no text.

        Raises:
            ConfigurationError: it is neither, or of a namespace that the file does not list.
        """
        written = (text or "").strip()
        if not written:
            return ua.NodeId()
        found = self._known.get(written)
        if found is None:
            found = self._known[written] = self._read(self._aliases.get(written, written))
        return found

    def index(self, number: int) -> int:
        """The server's index of a namespace of the file."""
        if not 0 <= number < len(self._indices):
            raise ConfigurationError(
                "the file uses a namespace that it does not list",
                where=self._where,
                found=f"ns={number}",
                wanted=f"at most ns={len(self._indices) - 1}",
            )
        return self._indices[number]

    def name(self, text: str) -> ua.QualifiedName:
        """A QualifiedName written as `1:Name`."""
        number, colon, name = text.partition(":")
        if not colon or not number.isdecimal():
            number, name = "0", text
        return ua.QualifiedName(name, ua.UInt16(self.index(int(number))))

    def _read(self, text: str) -> ua.NodeId:
        try:
            made = ua.NodeId.from_string(text)
        except (UaError, ValueError, TypeError) as error:
            raise ConfigurationError(
                "this is neither a NodeId nor an alias of the file", where=self._where, found=text
            ) from error
        if isinstance(made, ua.ExpandedNodeId):
            raise ConfigurationError("the NodeId is of another server", where=self._where, found=text)
        if isinstance(made.Identifier, int) and made.Identifier not in INTEGERS["UInt32"]:
            raise ConfigurationError(
                "the NodeId's number is out of range", where=self._where, found=text, wanted="a UInt32"
            )
        return ua.NodeId(made.Identifier, ua.Int16(self.index(made.NamespaceIndex)))
