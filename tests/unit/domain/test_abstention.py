"""A classifier that does not know says so."""

import math

import pytest

from opcua_ml.domain.abstention import NOT_DECIDABLE, Abstention, abstaining
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature

CLASSES = ("normal", "leak")
LABEL = Output("label", OutputRole.LABEL, categories=CLASSES)
SHARES = Output("shares", OutputRole.PROBABILITIES, categories=CLASSES, length=2)
CONFIDENCE = Output("confidence", OutputRole.CONFIDENCE)


def signature(*outputs: Output) -> Signature:
    """A signature with these outputs."""
    return Signature((Input("x"),), outputs)


@pytest.mark.parametrize(
    ("outputs", "row", "told"),
    [
        ((LABEL, SHARES, CONFIDENCE), (1, (0.3, 0.7), 0.7), 1),
        ((LABEL, SHARES, CONFIDENCE), (1, (0.45, 0.55), 0.55), 2),
        ((LABEL, SHARES), (0, (0.6, 0.4)), 0),
        ((LABEL, SHARES), (0, (0.59, 0.41)), 2),
        ((LABEL, CONFIDENCE), (0, math.nan), 2),
        ((Output("label", OutputRole.LABEL, DataType.STRING), CONFIDENCE), ("leak", 0.1), NOT_DECIDABLE),
    ],
)
def test_a_label_of_too_little_confidence_is_not_told(
    outputs: tuple[Output, ...], row: tuple[object, ...], told: object
) -> None:
    """Its number is that of no class; the confidence itself stays, as it is the reason."""
    found, reason = Abstention(signature(*outputs), 0.6).judged(row)  # type: ignore[arg-type]
    assert found[0] == told
    assert repr(found[1:]) == repr(row[1:])
    assert (NOT_DECIDABLE in reason) is (told in (2, NOT_DECIDABLE))


def test_each_of_several_labels_is_judged_by_its_own_confidence() -> None:
    """And the first that is not decided is named."""
    second = Output("kind", OutputRole.LABEL, categories=("a", "b", "c"))
    sure = Output("sure", OutputRole.CONFIDENCE)
    rule = Abstention(signature(LABEL, CONFIDENCE, second, sure), 0.5)
    assert rule.judged((0, 0.9, 1, 0.2))[0] == (0, 0.9, 3, 0.2)
    assert rule.judged((0, 0.1, 1, 0.7))[1].startswith("label: ")


def test_clients_see_one_more_class_after_all_others() -> None:
    """Numbers and names of the classes stay, and so do the probabilities."""
    told = abstaining(signature(LABEL, SHARES))
    assert told.outputs[0].categories == (*CLASSES, NOT_DECIDABLE)
    assert told.outputs[1] == SHARES


@pytest.mark.parametrize("outputs", [(LABEL,), (Output("y"),), (CONFIDENCE,), (LABEL, Output("score"))])
def test_a_model_without_confidence_can_not_abstain(outputs: tuple[Output, ...]) -> None:
    """That is told before anything is served."""
    with pytest.raises(ConfigurationError, match="no confidence"):
        Abstention(signature(*outputs), 0.5)
