"""A NodeSet2 file, read as data: no entities, no document types, nothing fetched, bounded in size and depth.

Source: OPC UA Part 6, annex F (UANodeSet).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from opcua_ml.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

NODE_SET: Final = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
TYPES: Final = "{http://opcfoundation.org/UA/2008/02/Types.xsd}"
STANDARD_URI: Final = "http://opcfoundation.org/UA/"
NODE_TAGS: Final = frozenset(
    f"{NODE_SET}UA{name}"
    for name in (
        "Object",
        "Variable",
        "Method",
        "ObjectType",
        "VariableType",
        "DataType",
        "ReferenceType",
        "View",
    )
)
MOST_BYTES: Final = 256 * 1024 * 1024
_MOST_DEPTH: Final = 200
_CHUNK: Final = 1 << 16
_OLDEST: Final = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RequiredModel:
    """A model that another one builds on.

    Attributes:
        uri: of its namespace.
        version: as the file writes it; for people.
        published: the oldest publication that will do; what is compared (Part 6, F.5).
    """

    uri: str
    version: str = ""
    published: datetime = _OLDEST

    def __str__(self) -> str:
        dated = f" of {self.published:%Y-%m-%d}" if self.published != _OLDEST else ""
        return f"{self.uri} {self.version}".rstrip() + dated


@dataclass(frozen=True, slots=True)
class Model(RequiredModel):
    """A model that a file defines.

    Attributes:
        required: the models that it builds on.
    """

    required: tuple[RequiredModel, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeSetDocument:
    """One file.

    Attributes:
        path: where it was read.
        uris: its namespaces; the first has the index 1 in the file.
        models: what it defines.
        aliases: names for NodeIds.
        nodes: the elements of its nodes, in their order.
    """

    path: Path
    uris: tuple[str, ...]
    models: tuple[Model, ...]
    aliases: dict[str, str]
    nodes: tuple[ET.Element, ...]

    def locales(self) -> set[str]:
        """In which languages its nodes have names and descriptions."""
        return {locale for node in self.nodes for part in node.iter() if (locale := part.get("Locale"))}


def read_document(path: Path) -> NodeSetDocument:
    """Read a file.

    Raises:
        ConfigurationError: it can't be read, is no NodeSet2, has a document type, or is too large.
    """
    root = _parsed(path)
    if root.tag != f"{NODE_SET}UANodeSet":
        raise _broken(path, "this is no NodeSet2 file", found=root.tag, wanted=f"{NODE_SET}UANodeSet")
    uris = tuple((uri.text or "").strip() for uri in root.iterfind(f"{NODE_SET}NamespaceUris/{NODE_SET}Uri"))
    if uris[:1] == (STANDARD_URI,):
        uris = uris[1:]  # some tools write the standard's own, which has the index 0 whatever they write
    models = tuple(_model(path, element) for element in root.iterfind(f"{NODE_SET}Models/{NODE_SET}Model"))
    if not models and uris:
        models = (Model(uris[0]),)
    aliases = {
        element.get("Alias", ""): (element.text or "").strip()
        for element in root.iterfind(f"{NODE_SET}Aliases/{NODE_SET}Alias")
    }
    nodes = tuple(element for element in root if element.tag in NODE_TAGS)
    return NodeSetDocument(path, uris, models, aliases, nodes)


def moment(text: str | None) -> datetime:
    """A date of XML Schema as UTC; ValueError where it is none."""
    if not text:
        return _OLDEST
    made = datetime.fromisoformat(text.strip())
    try:
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text.strip()}, which is beyond the years 1 to 9999 in UTC") from None


class _Limits:
    """Watches the parser: what a data file has no need for ends the reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._depth = 0
        self._builder = ET.TreeBuilder()
        inner: Any = expat.ParserCreate(namespace_separator="}")
        inner.buffer_text = True
        inner.StartDoctypeDeclHandler = self._refuse_document_type
        inner.StartElementHandler = self._start
        inner.EndElementHandler = self._end
        inner.CharacterDataHandler = self._builder.data
        self.expat = inner

    def _refuse_document_type(self, *_: object) -> None:
        raise _broken(self._path, "the file has a document type", wanted="a NodeSet2 file without DOCTYPE")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise _broken(self._path, "the file is nested too deeply", wanted=f"at most {_MOST_DEPTH} levels")
        self._builder.start(_tag(name), {_tag(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(_tag(name))

    def root(self) -> ET.Element:
        return self._builder.close()


def _tag(name: str) -> str:
    return "{" + name if "}" in name else name


def _parsed(path: Path) -> ET.Element:
    limits = _Limits(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise _broken(
                path, "the file is too large", found=f"{size} bytes", wanted=f"at most {MOST_BYTES}"
            )
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                limits.expat.Parse(chunk, False)
        limits.expat.Parse(b"", True)
    except OSError as error:
        raise _broken(path, "the file can't be read", found=(error.strerror or str(error)).lower()) from error
    except expat.ExpatError as error:
        raise _broken(path, "the file is no well-formed XML", found=str(error)) from error
    except (ValueError, LookupError) as error:  # of Python's codec, for what the XML declaration names
        raise _broken(
            path, "the file's encoding can't be read", found=str(error), wanted="UTF-8 or UTF-16"
        ) from error
    return limits.root()


def _model(path: Path, element: ET.Element) -> Model:
    required = tuple(
        RequiredModel(*_identity(path, item)) for item in element.iterfind(f"{NODE_SET}RequiredModel")
    )
    return Model(*_identity(path, element), required)


def _identity(path: Path, element: ET.Element) -> tuple[str, str, datetime]:
    uri = element.get("ModelUri", "")
    try:
        return uri, element.get("Version", ""), moment(element.get("PublicationDate"))
    except ValueError as error:
        raise _broken(path, f"the model {uri} has no publication date", found=str(error)) from error


def _broken(path: Path, what: str, *, found: object = None, wanted: object = None) -> ConfigurationError:
    return ConfigurationError(what, where=str(path), found=found, wanted=wanted)
