"""The JSON Schema tells an editor what loading would."""

from __future__ import annotations

from opcua_ml.config import schema


def test_every_key_is_described_for_the_one_who_types() -> None:
    """Keys whose name alone says it all are few."""
    described, bare = 0, []
    for name, section in schema()["$defs"].items():
        for key, told in section.get("properties", {}).items():
            if "description" in told or "$ref" in told:
                described += 1
            else:
                bare.append(f"{name}.{key}")
    assert described > 40
    assert bare == [
        "ChangeTrigger.kind",
        "HandshakeTrigger.kind",
        "LeadingTrigger.kind",
        "LoggingSection.level",
        "MethodTrigger.kind",
        "PeriodTrigger.kind",
        "PlcSection.heartbeat",
    ]


def test_unknown_keys_are_refused_there_too() -> None:
    """In every section."""
    sections = [one for one in schema()["$defs"].values() if one.get("type") == "object"]
    assert len(sections) > 8
    assert all(one["additionalProperties"] is False for one in sections)


def test_a_tag_s_short_form_is_known() -> None:
    """So that an editor doesn't mark it as wrong."""
    forms = schema()["$defs"]["Tag"]["anyOf"]
    assert {form["type"] for form in forms} == {"object", "string"}
