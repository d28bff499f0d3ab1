"""Building the PLC's nodes: folders, variables with units and ranges, methods with described arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml_simulator.opcua.node_changes import tell_gone
from opcua_ml_simulator.opcua.node_ids import standard_node, string_node
from opcua_ml_simulator.opcua.tag_nodes import data_type_of, properties_of, type_definition_of
from opcua_ml_simulator.opcua.tag_writer import TagWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import AddressSpace
    from asyncua.server.internal_server import InternalServer

    from opcua_ml_simulator.opcua.method_service import MethodArgument, PlcMethod, PlcMethodService
    from opcua_ml_simulator.tags import Tag

_READ = ua.AccessLevel.CurrentRead.mask
_WRITE = (
    ua.AccessLevel.CurrentWrite.mask | ua.AccessLevel.StatusWrite.mask | ua.AccessLevel.TimestampWrite.mask
)
_NODE = {
    "WriteMask": ua.UInt32(0),
    "UserWriteMask": ua.UInt32(0),
}


class AddressSpaceBuilder:
    """Adds nodes to one namespace of a server that is not yet listening.

    Every NodeId is a string, ``Folder.Name``, so that it stays the same over restarts and releases.

    Args:
        server: asyncua's server core.
        namespace: index of the simulator's namespace.
        sampling_ms: MinimumSamplingInterval of the tags.
    """

    def __init__(self, server: InternalServer, namespace: int, *, sampling_ms: float) -> None:
        self._server = server
        self._namespace = namespace
        self._sampling = sampling_ms
        self.writers: dict[str, TagWriter] = {}
        self.tags: dict[str, Tag] = {}

    @property
    def space(self) -> AddressSpace:
        """The server's."""
        return self._server.aspace

    def node_id(self, path: str) -> ua.NodeId:
        """NodeId of a path like ``PumpStation.Flow``."""
        return string_node(path, self._namespace)

    async def add_folder(self, path: str, description: str) -> None:
        """An object of FolderType under Objects."""
        await self._add(
            path=path,
            parent=standard_node(ObjectIds.ObjectsFolder),
            reference=ObjectIds.Organizes,
            node_class=ua.NodeClass.Object,
            type_definition=ObjectIds.FolderType,
            attributes=ua.ObjectAttributes(
                DisplayName=ua.LocalizedText(path),
                Description=ua.LocalizedText(description),
                EventNotifier=ua.Byte(0),
                **_NODE,
            ),
        )

    async def add_tags(self, tags: Iterable[Tag]) -> None:
        """Variables under their folders, each with a writer; their first value is still to be published."""
        for tag in tags:
            await self._add_tag(tag)

    async def _add_tag(self, tag: Tag) -> None:
        kind = ua.VariantType(tag.type.value)
        rank = ua.ValueRank.OneDimension if tag.length else ua.ValueRank.Scalar
        level = ua.Byte(_READ | _WRITE if tag.writable else _READ)
        await self._add(
            path=tag.path,
            parent=self.node_id(tag.folder),
            reference=ObjectIds.HasComponent,
            node_class=ua.NodeClass.Variable,
            type_definition=type_definition_of(tag),
            attributes=ua.VariableAttributes(
                DisplayName=ua.LocalizedText(tag.name),
                Description=ua.LocalizedText(tag.description),
                Value=ua.Variant(None, ua.VariantType.Null),
                DataType=standard_node(tag.type.value),
                ValueRank=ua.Int32(rank),
                ArrayDimensions=[ua.UInt32(tag.length)] if tag.length else [],
                AccessLevel=level,
                UserAccessLevel=level,
                MinimumSamplingInterval=self._sampling,
                Historizing=False,
                **_NODE,
            ),
        )
        for name, value in properties_of(tag):
            await self._add_property(tag.path, name, value)
        writer = TagWriter(self._server.aspace, self.node_id(tag.path), kind, is_array=bool(tag.length))
        self.writers[tag.path] = writer
        self.tags[tag.path] = tag

    async def remove_tag(self, path: str) -> None:
        """Take the tag's node and its properties; whoever monitors them is told BadNodeIdUnknown."""
        tag = self.tags[path]
        self.writers[path].detach()
        space, node = self._server.aspace, self.node_id(path)
        for one in (node, *(self.node_id(f"{path}.{name}") for name, _ in properties_of(tag))):
            await tell_gone(space, one)
            del space[one]
        parent = space[self.node_id(tag.folder)]
        parent.references = [found for found in parent.references if found.NodeId != node]

    async def add_method(self, service: PlcMethodService, method: PlcMethod) -> None:
        """A method with its arguments, answered by ``service``."""
        parent = self.node_id(method.parent)
        await self._add(
            path=method.path,
            parent=parent,
            reference=ObjectIds.HasComponent,
            node_class=ua.NodeClass.Method,
            type_definition=None,
            attributes=ua.MethodAttributes(
                DisplayName=ua.LocalizedText(method.name),
                Description=ua.LocalizedText(method.description),
                Executable=True,
                UserExecutable=True,
                **_NODE,
            ),
        )
        for name, arguments in (("InputArguments", method.inputs), ("OutputArguments", method.outputs)):
            if arguments:
                described = [_argument(argument) for argument in arguments]
                await self._add_property(method.path, name, ua.Variant(described))
        service.register(parent, self.node_id(method.path), method)

    async def _add_property(self, owner: str, name: str, value: ua.Variant) -> None:
        is_array = bool(value.is_array)
        await self._add(
            path=f"{owner}.{name}",
            parent=self.node_id(owner),
            reference=ObjectIds.HasProperty,
            node_class=ua.NodeClass.Variable,
            type_definition=ObjectIds.PropertyType,
            browse_name=ua.QualifiedName(name, 0),
            attributes=ua.VariableAttributes(
                DisplayName=ua.LocalizedText(name),
                Description=ua.LocalizedText(f"{name} of {owner}"),
                Value=value,
                DataType=standard_node(data_type_of(value)),
                ValueRank=ua.Int32(ua.ValueRank.OneDimension if is_array else ua.ValueRank.Scalar),
                ArrayDimensions=[ua.UInt32(len(value.Value))] if is_array else [],
                AccessLevel=ua.Byte(_READ),
                UserAccessLevel=ua.Byte(_READ),
                MinimumSamplingInterval=0.0,
                Historizing=False,
                **_NODE,
            ),
        )

    async def _add(
        self,
        *,
        path: str,
        parent: ua.NodeId,
        reference: int,
        node_class: ua.NodeClass,
        type_definition: int | None,
        attributes: Any,
        browse_name: ua.QualifiedName | None = None,
    ) -> None:
        name = attributes.DisplayName.Text
        item = ua.AddNodesItem(
            ParentNodeId=parent,
            ReferenceTypeId=standard_node(reference),
            RequestedNewNodeId=self.node_id(path),
            BrowseName=browse_name or ua.QualifiedName(name, self._namespace),
            NodeClass=node_class,
            NodeAttributes=attributes,
            TypeDefinition=ua.NodeId() if type_definition is None else standard_node(type_definition),
        )
        (result,) = await self._server.isession.add_nodes([item])
        result.StatusCode.check()


def _argument(argument: MethodArgument) -> ua.Argument:
    return ua.Argument(
        Name=argument.name,
        DataType=standard_node(argument.type.value),
        ValueRank=ua.Int32(ua.ValueRank.Scalar),
        Description=ua.LocalizedText(argument.description),
    )
