"""What a description of types consists of; the builder turns it into a NodeSet2 file."""

from __future__ import annotations

from dataclasses import dataclass

MANDATORY = "Mandatory"
OPTIONAL = "Optional"
PLACEHOLDER = "OptionalPlaceholder"


@dataclass(frozen=True)
class Child:
    """A node below a type, or below an instance.

    Attributes:
        name: BrowseName without namespace; one in angle brackets is a placeholder.
        kind: «Variable», «Object» or «Method».
        type: name of the type definition; empty for a Method.
        data_type: of a Variable.
        rank: ValueRank of a Variable (-1 scalar, 1 array).
        rule: modelling rule; empty for an instance that is no declaration.
        reference: by which the parent holds it.
        standard: whether the BrowseName is the standard's (namespace 0).
        value: XML of a value that all instances share.
        children: below it, beside those that its type brings.
        links: further references: (type, symbol of the target).
    """

    name: str
    description: str
    kind: str = "Variable"
    type: str = "BaseDataVariableType"
    data_type: str = ""
    rank: int = -1
    rule: str = MANDATORY
    reference: str = "HasComponent"
    standard: bool = False
    value: str = ""
    children: tuple[Child, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ObjectType:
    """A type of objects."""

    name: str
    description: str
    base: str = "BaseObjectType"
    children: tuple[Child, ...] = ()


@dataclass(frozen=True)
class Enumeration:
    """A DataType whose values are the places in `fields`: (name, text for displays, description)."""

    name: str
    description: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Field:
    """A field of a structure."""

    name: str
    data_type: str
    description: str
    rank: int = -1


@dataclass(frozen=True)
class Structure:
    """A DataType of named fields."""

    name: str
    description: str
    fields: tuple[Field, ...]


def variable(
    name: str, data_type: str, description: str, *, kind: str = "BaseDataVariableType", rule: str = MANDATORY
) -> Child:
    """A data variable."""
    return Child(name, description, type=kind, data_type=data_type, rule=rule)


def property_(name: str, data_type: str, description: str, *, rule: str = MANDATORY) -> Child:
    """A property: a characteristic of its parent that seldom changes."""
    return Child(
        name, description, type="PropertyType", data_type=data_type, rule=rule, reference="HasProperty"
    )


def object_(
    name: str,
    kind: str,
    description: str,
    *,
    rule: str = MANDATORY,
    reference: str = "HasComponent",
    children: tuple[Child, ...] = (),
) -> Child:
    """An object of a type."""
    return Child(
        name, description, kind="Object", type=kind, rule=rule, reference=reference, children=children
    )


def method(name: str, description: str, *, rule: str = MANDATORY) -> Child:
    """A method; its arguments are the instance's own, as they derive from a model's signature."""
    return Child(name, description, kind="Method", type="", rule=rule)
