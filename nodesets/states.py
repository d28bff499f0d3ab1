"""The state machine of a model: its states, the ways between them, and their numbers."""

from __future__ import annotations

from nodesets.design import Child

STATES = ("Loading", "Ready", "Degraded", "Failed", "Paused")
TRANSITIONS = (
    ("Loading", "Ready"),
    ("Loading", "Failed"),
    ("Ready", "Degraded"),
    ("Ready", "Failed"),
    ("Ready", "Paused"),
    ("Ready", "Loading"),
    ("Degraded", "Ready"),
    ("Degraded", "Failed"),
    ("Degraded", "Paused"),
    ("Degraded", "Loading"),
    ("Failed", "Ready"),
    ("Failed", "Degraded"),
    ("Failed", "Paused"),
    ("Failed", "Loading"),
    ("Paused", "Ready"),
    ("Paused", "Loading"),
)


def _number(name: str, value: int) -> Child:
    return Child(
        name,
        "Number of the state." if name == "StateNumber" else "Number of the transition.",
        type="PropertyType",
        data_type="UInt32",
        rule="",
        reference="HasProperty",
        standard=True,
        value=f"<uax:UInt32>{value}</uax:UInt32>",
    )


def _state(number: int, name: str) -> Child:
    return Child(
        name,
        f"The model is in the state {name}.",
        kind="Object",
        type="InitialStateType" if number == 0 else "StateType",
        rule="",
        children=(_number("StateNumber", number),),
    )


def _transition(number: int, start: str, end: str) -> Child:
    return Child(
        f"{start}To{end}",
        f"From {start} to {end}.",
        kind="Object",
        type="TransitionType",
        rule="",
        children=(_number("TransitionNumber", number),),
        links=(
            ("FromState", f"ModelStateMachineType_{start}"),
            ("ToState", f"ModelStateMachineType_{end}"),
        ),
    )


STATE_NODES = (
    *(_state(number, name) for number, name in enumerate(STATES)),
    *(_transition(number, *pair) for number, pair in enumerate(TRANSITIONS, 1)),
)
