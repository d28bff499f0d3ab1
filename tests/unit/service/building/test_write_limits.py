"""Limits of written values, held against the signature."""

import pytest

from opcua_ml.config import ModelSection
from opcua_ml.domain.signature import DataType, Input, Output, OutputRole, Signature
from opcua_ml.domain.write_limits import WriteLimits
from opcua_ml.service.building.write_limits import write_limits, write_problems

SIGNATURE = Signature(
    (Input("a"),),
    (
        Output("flow"),
        Output("label", OutputRole.LABEL, DataType.INT64, categories=("good", "bad")),
        Output("horizon", length=3),
    ),
)


def section(**outputs: dict[str, object]) -> ModelSection:
    """A model's section with these keys of its outputs."""
    tags = {name: {"plc": "p", "node": f"s={name}"} | keys for name, keys in outputs.items()}
    return ModelSection.model_validate({"package": "m", "inputs": {"a": "p:s=a"}, "outputs": tags})


@pytest.mark.parametrize(
    ("output", "keys", "sentence"),
    [
        ("label", {"rate": 1.0}, "outputs.label.rate: the output is no single number"),
        ("horizon", {"highest": 1.0}, "outputs.horizon.highest: the output is no single number"),
        ("flow", {"safe_value": "off"}, "outputs.flow.safe_value: wrong type"),
    ],
)
def test_limits_that_the_output_can_t_have_are_refused(
    output: str, keys: dict[str, object], sentence: str
) -> None:
    """With the key that is wrong, before anything starts."""
    (problem,) = write_problems("plant.toml", "m", section(**{output: keys}), SIGNATURE)
    assert f"models.m.{sentence}" in problem.sentence


def test_limits_that_contradict_each_other_are_refused() -> None:
    """By the section alone."""
    with pytest.raises(ValueError, match="not less than highest"):
        section(flow={"lowest": 5.0, "highest": 5.0})
    with pytest.raises(ValueError, match="greater than highest"):
        section(flow={"highest": 5.0, "safe_value": 6})


def test_limits_become_those_of_the_output_in_its_type() -> None:
    """A safe value of an array stands in each of its places."""
    given = section(
        flow={"lowest": 0.0, "highest": 10.0, "rate": 2.0, "dead_band": 0.1, "safe_value": 5},
        label={"safe_value": 1},
        horizon={"safe_value": 0.0},
    )
    assert not list(write_problems("plant.toml", "m", given, SIGNATURE))
    found = [write_limits(output, given.outputs[output.name]) for output in SIGNATURE.outputs]
    assert found == [
        WriteLimits(0.0, 10.0, 2.0, 0.1, 5.0),
        WriteLimits(safe_value=1),
        WriteLimits(safe_value=(0.0, 0.0, 0.0)),
    ]
