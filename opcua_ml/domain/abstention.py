"""When a classifier does not know: what its outputs say then, in place of a guess."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import DataType, Output, OutputRole, Signature
from opcua_ml.domain.wording import Sentence, sentence

if TYPE_CHECKING:
    from opcua_ml.domain.row import Row

NOT_DECIDABLE = "not decidable"


class _Label(NamedTuple):
    """Places of a label's outputs in a row; `value` is what it has where nothing is decided."""

    place: int
    name: str
    confidence: int
    value: int | str


def abstaining(signature: Signature) -> Signature:
    """The signature with one more class for each label: «not decidable», numbered after all others.

    Names and numbers of the other classes stay, so that programs which know them alone see a number that
    is none of theirs.
    """
    outputs = tuple(
        _with_one_more(item) if item.role is OutputRole.LABEL and item.categories else item
        for item in signature.outputs
    )
    return Signature(signature.inputs, outputs)


def _with_one_more(item: Output) -> Output:
    names = item.details.category_names or item.categories
    details = replace(item.details, category_names=(*names, Sentence(NOT_DECIDABLE)))
    return replace(item, categories=(*item.categories, NOT_DECIDABLE), details=details)


class Abstention:
    """Turns labels of too little confidence into «not decidable».

    Args:
        signature: as the model's package tells it.
        least_confidence: the least probability of the class given with which it is told.

    Raises:
        ConfigurationError: the model tells no confidence.
    """

    def __init__(self, signature: Signature, least_confidence: float) -> None:
        self._least = least_confidence
        self._labels = [
            found
            for place, item in enumerate(signature.outputs)
            if item.role is OutputRole.LABEL and (found := _label(signature.outputs, place)) is not None
        ]
        if not self._labels:
            raise ConfigurationError(
                "the model tells no confidence of its labels",
                found=", ".join(f"{item.name} ({item.role.value})" for item in signature.outputs),
                wanted="a classifier with an output of the role confidence or probabilities",
            )

    def judged(self, outputs: Row) -> tuple[Row, str]:
        """The outputs to tell, and why something is not decided; empty where all is."""
        undecided = [
            (label, confidence)
            for label in self._labels
            # Not «less than», as a confidence that is NaN decides nothing either.
            if not (confidence := _confidence(outputs[label.confidence])) >= self._least
        ]
        if not undecided:
            return outputs, ""
        told = list(outputs)
        for label, _ in undecided:
            told[label.place] = label.value
        label, confidence = undecided[0]
        words = "{output}: not decidable, as its confidence {confidence} is less than {least}"
        why = sentence(words, output=label.name, confidence=figure(confidence, 3), least=figure(self._least))
        return tuple(told), why


def _confidence(value: object) -> float:
    """Of the class given; the greatest where there is one for each class."""
    found = max(value) if isinstance(value, tuple) else value
    return float(found) if isinstance(found, int | float) else float("nan")


def _label(outputs: tuple[Output, ...], place: int) -> _Label | None:
    """The label and its confidence: that which follows it before another label, else its probabilities."""
    item = outputs[place]
    by_role: dict[OutputRole, int] = {}
    for later, other in enumerate(outputs[place + 1 :], place + 1):
        if other.role is OutputRole.LABEL:
            break
        by_role.setdefault(other.role, later)
    confidence = by_role.get(OutputRole.CONFIDENCE, by_role.get(OutputRole.PROBABILITIES))
    if confidence is None or not (item.categories or item.data_type is DataType.STRING):
        return None
    return _Label(place, item.name, confidence, len(item.categories) if item.categories else NOT_DECIDABLE)
