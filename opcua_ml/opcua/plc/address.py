"""Which node a tag is: by its namespace's URI, never by an index, which changes when the PLC restarts.

Text form (OPC UA Part 6, 5.3.1.10 and 5.3.1.11): `nsu=<namespace URI>;s=<text>`, or `i=`, `g=`, `b=`; without
`nsu=` the PLC's usual namespace is meant. `[3]`, or `[1,2]` for a matrix, may follow and names one element.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote
from uuid import UUID

from opcua_ml.domain.errors import TagError

Identifier = int | str | UUID | bytes

_ELEMENT = re.compile(r"^(?P<identifier>.+?)\[(?P<index>\d{1,9}(?:,\d{1,9}){0,7})\]$", re.DOTALL)
_SAFE_IN_URI = "/:?#[]@!$&()*+,='~ "
_FORMS = "s=<text>, i=<number>, g=<GUID> or b=<Base64>, with nsu=<namespace URI>; before it"
_LONGEST_STRING = 4096  # characters of a string identifier: Part 3, 8.2.4
_LARGEST_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True)
class TagAddress:
    """A node, or one element of an array node.

    Attributes:
        namespace_uri: of the identifier.
        identifier: number, text, GUID or opaque bytes.
        index: place of the element, one number per dimension, from 0; empty for the whole value.
        field: names of a structure's field, from the outside in; empty for the whole value.

    A text identifier that itself ends like an element, such as `"DB"."levels"[3]`, is stored as identifier
    and index; the PLC decides at each session which of `alternatives` it has.
    """

    namespace_uri: str
    identifier: Identifier
    index: tuple[int, ...] = ()
    field: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.index and isinstance(self.identifier, str):
            identifier, index = _split_element(self.identifier)
            object.__setattr__(self, "identifier", identifier)
            object.__setattr__(self, "index", index)

    @classmethod
    def parse(cls, text: str, namespace_uri: str | None = None) -> TagAddress:
        """The address that `text` names; `namespace_uri` is the PLC's usual one.

        Raises:
            TagError: `text` is none, names a namespace by index, or none where the PLC has no usual one.
        """
        if text.startswith("ns="):
            raise TagError("a namespace index changes when the PLC restarts", where=text, wanted=_FORMS)
        rest = text
        if text.startswith("nsu="):
            uri, _, rest = text.removeprefix("nsu=").partition(";")
            namespace_uri = unquote(uri)
        kind, equals, identifier = rest.partition("=")
        if not equals or not identifier:
            raise TagError("not a tag's address", where=text, wanted=_FORMS)
        if not namespace_uri:
            raise TagError(
                "the tag's namespace is not known", where=text, wanted=f"nsu=<namespace URI>;{rest}"
            )
        if kind == "s":
            return cls(namespace_uri, _text(identifier, text))
        identifier, index = _split_element(identifier)
        return cls(namespace_uri, _identifier(kind, identifier, text), index)

    def __str__(self) -> str:
        element = f"[{','.join(map(str, self.index))}]" if self.index else ""
        node = f"nsu={quote(self.namespace_uri, safe=_SAFE_IN_URI)};{_formatted(self.identifier)}{element}"
        return f"{node}, field {'.'.join(self.field)}" if self.field else node

    @property
    def alternatives(self) -> tuple[tuple[Identifier, tuple[int, ...]], ...]:
        """Identifier and element index in the order in which to look for them.

        Some PLCs show each element of an array as a node of its own, named like an element: it comes first.
        """
        whole = (self.identifier, self.index)
        if isinstance(self.identifier, str) and self.index:
            return (f"{self.identifier}[{','.join(map(str, self.index))}]", ()), whole
        return (whole,)


def _split_element(identifier: str) -> tuple[str, tuple[int, ...]]:
    match = _ELEMENT.match(identifier)
    if match is None:
        return identifier, ()
    numbers = match["index"].split(",")
    if any(str(int(number)) != number for number in numbers):
        return identifier, ()  # «[007]» would not come back as it was written
    return match["identifier"], tuple(map(int, numbers))


def _text(identifier: str, where: str) -> str:
    if len(identifier) > _LONGEST_STRING:
        raise TagError(
            "the identifier is too long",
            where=f"{where[:60]}…",
            found=len(identifier),
            wanted=_LONGEST_STRING,
        )
    return identifier


def _identifier(kind: str, text: str, where: str) -> Identifier:
    try:
        if kind == "i" and text.isascii() and text.isdecimal() and int(text) <= _LARGEST_NUMBER:
            return int(text)
        if kind == "g":
            return UUID(text)
        if kind == "b":
            return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        pass
    raise TagError("not a tag's address", where=where, wanted=_FORMS)


def _formatted(identifier: Identifier) -> str:
    if isinstance(identifier, str):
        return f"s={identifier}"
    if isinstance(identifier, int):
        return f"i={identifier}"
    if isinstance(identifier, UUID):
        return f"g={identifier}"
    return f"b={base64.b64encode(identifier).decode('ascii')}"
