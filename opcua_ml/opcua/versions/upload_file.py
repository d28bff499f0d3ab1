"""A package on its way as a node of FileType (OPC UA Part 20, 4.2), open for writing at its end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.arguments import argument
from opcua_ml.opcua.space.blueprint import Blueprint, property_of
from opcua_ml.opcua.space.standard import (
    ARGUMENT,
    BOOLEAN,
    BYTE,
    BYTE_STRING,
    INT32,
    PROPERTY_TYPE,
    UINT16,
    UINT32,
    UINT64,
    standard_id,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from opcua_ml.application.versions import Upload
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree
    from opcua_ml.opcua.trust.nodes.method import CallingSession

    Code = Callable[..., Awaitable[ua.CallMethodResult]]
    Arguments = list[tuple[str, ua.NodeId, str]]

HANDLE: Final = ("fileHandle", UINT32, "Of the file, as GenerateFileForWrite or Open gave it.")
WRITE, APPEND = 2, 8
"""Bits of the mode of Open."""


@dataclass(slots=True)
class UploadFile:
    """One file, as its session and user have it.

    Attributes:
        parent: path of the node below which it stands.
        handle: of those who write; another one after each Open.
        session: whose the handle is; None for the server's own.
        user: who may open it again after a lost connection; empty for nobody.
        upload: takes its bytes.
        touched: when it was last used, on the monotonic clock.
        busy: whether a call works on it.
    """

    parent: str
    handle: int
    session: CallingSession | None
    user: str
    upload: Upload
    touched: float
    busy: bool = False
    path: str = field(init=False)

    def __post_init__(self) -> None:
        """Name it as no other file ever was: who lost one must not find somebody else's."""
        self.path = f"{self.parent}.{secrets.token_hex(8)}"

    @property
    def is_forsaken(self) -> bool:
        """Whether its session was closed, which a lost connection does not do."""
        return self.session is not None and self.session.ended_already

    def nodes(self, names: Names, methods: Mapping[str, Code]) -> list[Blueprint]:
        """Its nodes; `methods` by their names."""
        data = ("data", BYTE_STRING, "The next bytes of the package, which is a zip.")
        mode = ("mode", BYTE, "2 or 10: write at the end, after a lost connection.")
        length = ("length", INT32, "Bytes to read.")
        position = ("position", UINT64, "Bytes from the start; writing is at the end alone.")
        given: dict[str, tuple[Arguments, Arguments]] = {
            "Open": ([mode], [HANDLE]),
            "Close": ([HANDLE], []),
            "Read": ([HANDLE, length], [data]),
            "Write": ([HANDLE, data], []),
            "GetPosition": ([HANDLE], [position]),
            "SetPosition": ([HANDLE, position], []),
        }
        name = names.site(f"Upload {self.path.rpartition('.')[2]}")
        return [
            Blueprint(self.path, self.parent, name, "A package on its way.", standard_id(ObjectIds.FileType)),
            self._property("Size", "Bytes that it has: where to go on.", UINT64, _size(0)),
            self._property("Writable", "Whether it can be written.", BOOLEAN, ua.Variant(True)),
            self._property("UserWritable", "Whether you may write it.", BOOLEAN, ua.Variant(True)),
            self._property("OpenCount", "Handles of it.", UINT16, ua.Variant(1, ua.VariantType.UInt16)),
            *(
                node
                for method, (inputs, outputs) in given.items()
                for node in method_nodes(self.path, method, methods[method], inputs, outputs)
            ),
        ]

    async def show_size(self, tree: NodeTree) -> None:
        """Show how many bytes there are."""
        cell = tree.cell(f"{self.path}.Size")
        await change_together([(cell, ua.DataValue(_size(self.upload.size)))])

    def _property(self, name: str, words: str, data_type: ua.NodeId, variant: ua.Variant) -> Blueprint:
        plan = property_of(self.path, name, words, data_type, variant)
        return plan.live() if plan.type == PROPERTY_TYPE else plan


def method_nodes(parent: str, name: str, code: Code, given: Arguments, made: Arguments) -> list[Blueprint]:
    """A method of the standard with its arguments."""
    path = f"{parent}.{name}"
    nodes = [Blueprint(path, parent, ua.QualifiedName(name), _WORDS[name], method=code)]
    for kind, arguments in (("InputArguments", given), ("OutputArguments", made)):
        if arguments:
            value = ua.Variant(
                [argument(*one) for one in arguments], ua.VariantType.ExtensionObject, None, True
            )
            nodes.append(property_of(path, kind, f"{kind[:-9]} arguments, in order.", ARGUMENT, value))
    return nodes


def _size(size: int) -> ua.Variant:
    return ua.Variant(size, ua.VariantType.UInt64)


_WORDS: Final = {
    "GenerateFileForRead": "Packages can't be read here.",
    "GenerateFileForWrite": "Opens a new file for the bytes of a package.",
    "CloseAndCommit": "Checks the package that was written, and stages it.",
    "Open": "Goes on with the file after a lost connection; the handle before it ends.",
    "Close": "Drops the file without staging anything.",
    "Read": "Packages can't be read here.",
    "Write": "Adds bytes to the file.",
    "GetPosition": "How many bytes there are.",
    "SetPosition": "Takes the end of the file alone.",
}
