"""The names of one version's inputs and outputs, told in those of its model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from opcua_ml.domain.signature import Input, Output, Signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.domain.row import Row

Port = TypeVar("Port", Input, Output)


@dataclass(frozen=True, slots=True)
class PortMapping:
    """How rows of a model become those of a version, and the version's answers the model's.

    Attributes:
        signature: of the version, in the model's names and order.
        inputs: for each input of the version: its place in the model's rows.
        outputs: for each output of the model: its place in the version's rows.
    """

    signature: Signature
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def is_identity(self) -> bool:
        """Whether rows are the same in both."""
        return self.inputs == tuple(range(len(self.inputs))) and self.outputs == tuple(
            range(len(self.outputs))
        )

    def given(self, row: Row) -> Row:
        """The version's row of inputs, of the model's."""
        return tuple(row[place] for place in self.inputs)

    def taken(self, row: Row) -> Row:
        """The model's row of inputs, of the version's."""
        return tuple(row[self.inputs.index(place)] for place in range(len(self.inputs)))

    def made(self, row: Row) -> Row:
        """The model's row of outputs, of the version's."""
        return tuple(row[place] for place in self.outputs)


def port_mapping(
    model: Signature, version: Signature, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> PortMapping:
    """The mapping of a version whose names differ; what nobody mapped keeps its name, and its order counts.

    A version that can't be brought in line comes out as near as it can be: the gate «interface» tells what
    differs.

    Args:
        model: as clients and tags know it.
        version: as its package tells it.
        inputs: the model's names to the package's.
        outputs: the same.
    """
    named_inputs = _renamed(version.inputs, model.names, inputs)
    output_names = tuple(item.name for item in model.outputs)
    named_outputs = _renamed(version.outputs, output_names, outputs)
    input_order = _order([item.name for item in named_inputs], model.names)
    output_order = _order([item.name for item in named_outputs], output_names, leave_out=bool(outputs))
    signature = Signature(
        tuple(named_inputs[place] for place in input_order),
        tuple(named_outputs[place] for place in output_order),
    )
    places = {version_place: model_place for model_place, version_place in enumerate(input_order)}
    return PortMapping(
        signature, tuple(places[place] for place in range(len(named_inputs))), tuple(output_order)
    )


def _renamed(ports: Sequence[Port], model: Sequence[str], names: Mapping[str, str]) -> list[Port]:
    own = {port.name for port in ports}
    told = {given: name for name, given in names.items() if name in model and name not in own}
    return [replace(port, name=told.get(port.name, port.name)) for port in ports]


def _order(found: Sequence[str], wanted: Sequence[str], *, leave_out: bool = False) -> list[int]:
    """Places in the order wanted; what is not wanted comes last, or is left out."""
    places = {name: place for place, name in enumerate(found)}
    first = [places[name] for name in wanted if name in places]
    return first if leave_out else first + [place for place in range(len(found)) if place not in first]
