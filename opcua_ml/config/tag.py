"""Which tag of which PLC: a node named by its namespace's URI, never by a namespace number.

The text form of a node is that of OPC UA Part 6, 5.3.1.10 and 5.3.1.11: `s=Pump.Flow`, `i=42`, `g=…`
(GUID), `b=…` (opaque, Base64), each with `nsu=<namespace URI>;` before it where the namespace is not the
PLC's usual one.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, unquote
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from opcua_ml.config.section import Name, Section, refusal

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

NODE_FORMS = "s=<text>, i=<number>, g=<GUID> or b=<Base64>, with nsu=<namespace URI>; before it where needed"
LONGEST_STRING = 4096  # characters of a string identifier: Part 3, 8.2.4


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node by the URI of its namespace and its identifier in text form, such as `s=Pump.Flow`."""

    namespace_uri: str
    identifier: str

    def __str__(self) -> str:
        return f"nsu={quote(self.namespace_uri, safe='/:?#[]@!$&()*+,= ')};{self.identifier}"


def split_node(node: str) -> tuple[str | None, str]:
    """Namespace URI (None where the PLC's usual one is meant) and identifier of a node in text form."""
    if not node.startswith("nsu="):
        return None, node
    uri, _, identifier = node.removeprefix("nsu=").partition(";")
    return unquote(uri), identifier


def _checked(node: str) -> str:
    """The node with its identifier in one canonical form, so that equal nodes are equal texts."""
    if node.startswith("ns="):
        raise refusal("a namespace number changes with the PLC's restart", wanted=NODE_FORMS)
    uri, identifier = split_node(node)
    canonical = _canonical(identifier)
    if uri == "" or canonical is None:
        raise refusal("not a node", wanted=NODE_FORMS)
    return canonical if uri is None else str(NodeAddress(uri, canonical))


def _canonical(identifier: str) -> str | None:
    kind, _, rest = identifier.partition("=")
    try:
        match kind:
            case "s" if 0 < len(rest) <= LONGEST_STRING:
                return identifier
            case "i" if rest.isascii() and rest.isdecimal() and int(rest) < 2**32:
                return f"i={int(rest)}"
            case "g":
                return f"g={UUID(rest)}"
            case "b" if data := base64.b64decode(rest, validate=True):
                return f"b={base64.b64encode(data).decode()}"
    except ValueError:
        pass
    return None


Node = Annotated[str, Field(min_length=1), AfterValidator(_checked)]


class Tag(Section):
    """A tag of a PLC, as a table {plc, node} or in short as `"<plc>:<node>"`."""

    plc: Name
    """Name of the PLC's table under `plcs`."""
    node: Node
    """The node in text form, such as `s=Pump.Flow`; its namespace is the PLC's `namespace_uri` unless
    `nsu=<namespace URI>;` stands before it."""
    field: Annotated[str, Field(min_length=1)] | None = None
    """Field of the tag's structure, such as `Pressure`, or `Motor.Speed` of a structure in a structure."""

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        plc, colon, node = given.partition(":")
        if not colon:
            raise refusal("not a tag", wanted='"<plc>:<node>" or { plc = …, node = … }')
        return {"plc": plc, "node": node}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The table or its short form."""
        table = handler.resolve_ref_schema(handler(core_schema))
        short = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}:.+$"}
        return {"title": cls.__name__, "anyOf": [table, short]}

    def __str__(self) -> str:
        tag = f"{self.plc}:{self.node}"
        return tag if self.field is None else f"{tag}, field {self.field}"
