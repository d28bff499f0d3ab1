"""What displays are told of inputs and outputs, from package, configuration and PLC."""

from __future__ import annotations

from opcua_ml.domain.details import TagDetails, ToldDetails, completed, described, with_details
from opcua_ml.domain.signature import Details, Input, Output, OutputRole, Range, Statistics
from opcua_ml.domain.wording import Wording

FLOW = Input("flow", description="Flow at the outlet")


def _translations(words: str) -> dict[str, str]:
    assert isinstance(words, Wording)
    return dict(words.translations)


def test_what_is_told_takes_the_place_of_what_was_known() -> None:
    """Key by key: the configuration over the package."""
    packed = with_details(FLOW, ToldDetails({"en": "Flow"}, value_precision=1.0, definition="meter A"))
    told = with_details(packed, ToldDetails(instrument_range=(0.0, 300.0), definition="meter B"))
    assert told.details == Details("Flow", Range(0.0, 300.0), 1.0, "meter B")
    assert with_details(told, ToldDetails()) == told


def test_a_description_gets_more_languages() -> None:
    """The English one stays where none comes, and a new one takes its place."""
    assert described("Flow", {}) == "Flow"
    assert _translations(described("Flow", {"de": "Fluss"})) == {"de": "Fluss"}
    changed = described(Wording("Flow", {"de": "Fluss"}), {"en": "Flow rate", "fr": "Débit"})
    assert changed == "Flow rate"
    assert _translations(changed) == {"de": "Fluss", "fr": "Débit"}


def test_classes_have_names_in_several_languages() -> None:
    """One per class; other numbers of them are a problem, in words."""
    label = Output("label", OutputRole.LABEL, categories=("none", "leak"))
    told = ToldDetails(category_names={"de": ("keiner", "Leck")})
    assert list(told.problems(label.categories)) == []
    names = with_details(label, told).details.category_names
    assert names == ("none", "leak")
    assert [_translations(name) for name in names] == [{"de": "keiner"}, {"de": "Leck"}]
    assert list(ToldDetails(category_names={"de": ("keiner",)}).problems(label.categories)) == [
        "1 category_names in de for 2 categories"
    ]


def test_a_tag_tells_what_package_and_configuration_do_not() -> None:
    """Each of its properties by itself."""
    tag = TagDetails("MQH", Range(0.0, 150.0), Range(0.0, 200.0), 2.0, "meter A")
    found = completed(FLOW, tag)
    assert (found.unit, found.range) == ("MQH", Range(0.0, 150.0))
    assert found.details == Details("", Range(0.0, 200.0), 2.0, "meter A")


def test_a_tag_contradicts_nobody() -> None:
    """What is declared stays, and so does the range that training saw."""
    tag = TagDetails("MQH", Range(0.0, 150.0), Range(0.0, 200.0), 2.0, "meter A")
    known = Details("", Range(0.0, 90.0), 0.0, "meter B")
    declared = Input("flow", unit="LTR", range=Range(0.0, 80.0), details=known)
    assert completed(declared, tag) == declared
    seen = Input("flow", unit="LTR", statistics=Statistics(9, 0, 5.0, 1.0, 2.0, 8.0), details=known)
    assert completed(seen, tag).range is None
