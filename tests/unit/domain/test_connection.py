"""What displays are told of a PLC's tags that are not Good."""

from __future__ import annotations

from opcua_ml.domain.connection import TagProblem, told_together
from opcua_ml.domain.errors import TagUnknown
from opcua_ml.domain.status import Status

LOST = int(Status.BadNotConnected)


def test_one_cause_of_many_tags_is_told_once() -> None:
    """With their number and the first of them, in the order of the tags."""
    lost = [TagProblem(f"tag{number}", LOST, "not connected yet") for number in range(39)]
    other = TagProblem("valve", int(Status.BadNodeIdUnknown), "the PLC has no such node")
    assert told_together([*lost[:1], other, *lost[1:]]) == [
        "39 tags, such as tag0, tag1, tag2: not connected yet",
        "valve: the PLC has no such node",
    ]


def test_few_tags_are_all_named() -> None:
    """An engineer looks for each of them."""
    few = [TagProblem(name, LOST, "not connected yet") for name in ("Flow", "Level", "Speed")]
    assert told_together(few) == ["Flow, Level, Speed: not connected yet"]
    assert told_together(few[:1]) == ["Flow: not connected yet"]
    assert told_together([]) == []


def test_a_cause_that_names_its_tag_names_it_once() -> None:
    """As those do that were found out at the tag."""
    why = "Flow (nsu=urn:plc;s=Flow): the PLC has no such node"
    assert told_together([TagProblem("Flow", int(Status.BadNodeIdUnknown), why)]) == [why]


def test_one_cause_is_one_though_each_tag_says_where_it_is() -> None:
    """As with a namespace that the PLC does not have: its tags differ by their NodeIds alone."""
    problems = [
        TagProblem(
            name,
            int(Status.BadNodeIdUnknown),
            TagUnknown(
                "the PLC has no such namespace", where=f"nsu=urn:plc;s={name}", wanted="urn:other"
            ).sentence,
        )
        for name in ("Flow", "Level", "Speed", "Torque")
    ]
    assert told_together(problems) == [
        "4 tags, such as Flow, Level, Speed: the PLC has no such namespace; wanted urn:other"
    ]
    assert told_together(problems[:1]) == [
        "Flow: nsu=urn:plc;s=Flow: the PLC has no such namespace; wanted urn:other"
    ]


def test_causes_are_bounded() -> None:
    """A thousand tags with a cause each are no text for people."""
    each = [TagProblem(f"tag{number}", LOST, f"cause {number}") for number in range(1000)]
    assert len(told_together(each)) == 100
