"""Values of structures that a nodeset declares, from plain ones by the fields' names.

Source: OPC UA Part 6, 5.2.6 (structures), 5.2.7 (optional fields); Part 3, 8.48 (subtyped values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua import ua_binary

from opcua_ml.opcua.nodesets.structures import Structures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncua.server.address_space import NodeData


class StructureEncoder:
    """Encodes for one address space.

    Args:
        nodes: of the address space, by their ids.
    """

    def __init__(self, nodes: Mapping[ua.NodeId, NodeData]) -> None:
        self._structures = Structures(nodes)

    def encode(self, data_type: ua.NodeId, values: Mapping[str, Any]) -> ua.ExtensionObject:
        """A structure; a mapping stands for one within it. Fields that are optional may be left out.

        Raises:
            ValueError: the address space does not declare the structure.
            KeyError: a field is missing.
        """
        definition = self._structures.definition(data_type)
        encoding = self._structures.binary_encoding(data_type)
        if definition is None or encoding is None:
            raise ValueError(f"no nodeset declares the structure {data_type.to_string()}")
        return ua.ExtensionObject(encoding, ua.ByteString(self._body(definition, values)))

    def _body(self, definition: ua.StructureDefinition, values: Mapping[str, Any]) -> bytes:
        has_mask = definition.StructureType == ua.StructureType.StructureWithOptionalFields
        mask, bit, parts = 0, 1, []
        for field in definition.Fields:
            name = str(field.Name)
            if has_mask and field.IsOptional:
                present = values.get(name) is not None
                mask |= bit if present else 0
                bit <<= 1
                if not present:
                    continue
            parts.append(self._field(definition, field, values[name]))
        return (mask.to_bytes(4, "little") if has_mask else b"") + b"".join(parts)

    def _field(self, owner: ua.StructureDefinition, field: ua.StructureField, value: Any) -> bytes:
        if field.ValueRank < 1:
            return self._member(owner, field, value)
        return len(value).to_bytes(4, "little") + b"".join(self._member(owner, field, item) for item in value)

    def _member(self, owner: ua.StructureDefinition, field: ua.StructureField, value: Any) -> bytes:
        built_in = self._structures.built_in(field.DataType)
        if built_in is None:
            raise ValueError(f"the field {field.Name} is of an unknown data type")
        if built_in != ua.VariantType.ExtensionObject:
            return bytes(ua_binary.pack_uatype(built_in, value))
        if self._structures.is_open(owner, field):
            return bytes(ua_binary.extensionobject_to_binary(self.encode(field.DataType, value)))
        definition = self._structures.definition(field.DataType)
        if definition is None:
            raise ValueError(f"the field {field.Name} is of an unknown structure")
        return self._body(definition, value)
