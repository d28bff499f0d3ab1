"""Labels: indices of classes, and the names that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.signature import OutputRole

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Output, Signature


def is_label(item: Output) -> bool:
    """Whether the output is the index of a named class."""
    return item.role is OutputRole.LABEL and bool(item.categories)


def label_text(item: Output, value: Value) -> str:
    """The name of a class; its number where the index has none."""
    if isinstance(value, int) and 0 <= value < len(item.categories):
        return item.categories[value]
    return str(value)


def label_words(item: Output, value: Value) -> str:
    """The name of a class for displays, in the languages that it has."""
    names = item.details.category_names
    if isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return label_text(item, value)


def label_names(signature: Signature) -> list[str]:
    """Names for the texts of all labels, beside the outputs' own names and different from them."""
    taken = {item.name for item in signature.outputs} | {"ModelVersion", "PredictionId", "Status", "Reason"}
    names: list[str] = []
    for item in filter(is_label, signature.outputs):
        name = f"{item.name}_text"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names
