"""The columns of the matrix: a model per policy, fed by the same tags, with a result tag of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.integration.fault_matrix.expectation import ASKED, DISTURBED, SECOND
from tests.integration.service.plant_file import open_server, plant_file
from tests.integration.service.processes import INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

URI = "urn:opcua-ml:simulator"
KEEP_ALIVE = 1.0
"""s of silence after which the service takes a PLC for lost."""
PUBLISHING = 0.05
"""s between two publishes of the PLC."""
SCAN = 0.2
"""s between two scans of the PLC, whose every value changes at each."""
PERIOD = SCAN / 2
MAX_AGE = 1.5
"""s after which a value that nothing has renewed is not usable."""
MAX_UNCHANGED = 2.0
"""s after which the disturbed tag, renewed but always the same, is not usable."""
HOLD = 0.8
"""s for which the policy hold holds."""
MAX_SKEW = 1.0
"""s that the inputs' times may lie apart, under the policy that limits it."""
LEADER = "MotorSpeed"
PUMP, OTHER = "pump", "other"
"""The PLC that is disturbed, and one that never is."""
PACKAGE = "pump_flow"

_SUBSTITUTES = {
    "SuctionPressure": -0.01,
    "DischargePressure": 2.3,
    "MotorSpeed": 2500.0,
    "MotorTorque": 31.0,
    "MotorPower": 9.0,
    "ValvePosition": 75.0,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """One column: a model of this name.

    Attributes:
        name: of the model.
        words: what is configured beside what all of them have.
        result: name of its result tag at the PLC.
        result_at: the PLC that has it.
        keys: further ones of the model.
        when_bad: key of the inputs.
        treat_uncertain_as_bad: key of the inputs.
        elsewhere: inputs that come from the other PLC.
    """

    name: str
    words: str
    result: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    when_bad: str = "reject"
    treat_uncertain_as_bad: bool = False
    elsewhere: tuple[str, ...] = ()
    result_at: str = PUMP

    def lines(self) -> Iterator[str]:
        """Its part of the configuration."""
        yield f"[models.{self.name}]"
        yield f'package = "{PACKAGE}"'
        yield from (f"{key} = {_inline(value)}" for key, value in self.keys.items())
        yield f'quality = "{self.result_at}:s=Results.{self.result}Quality"'
        yield f"[models.{self.name}.inputs]"
        yield from (f"{name} = {_inline(self._tag(name))}" for name in INPUTS)
        yield f"[models.{self.name}.outputs]"
        yield f'flow = "{self.result_at}:s=Results.{self.result}"'

    def _tag(self, name: str) -> dict[str, Any]:
        plc = OTHER if name in self.elsewhere else PUMP
        table: dict[str, Any] = {"plc": plc, "node": f"s=PumpStation.{name}"}
        table |= {"when_bad": self.when_bad, "max_age_ms": _ms(MAX_AGE)}
        table |= {"max_unchanged_ms": _ms(MAX_UNCHANGED)} if name == DISTURBED else {}
        table |= {"hold_ms": _ms(HOLD)} if self.when_bad == "hold" else {}
        table |= {"substitute": _SUBSTITUTES[name]} if self.when_bad == "substitute" else {}
        return table | ({"treat_uncertain_as_bad": True} if self.treat_uncertain_as_bad else {})


def _ms(seconds: float) -> int:
    return round(seconds * 1e3)


COLUMNS = (
    Policy("reject", "the defaults", "Value1"),
    Policy("hold", f'`when_bad = "hold"`, `hold_ms = {_ms(HOLD)}`', "Value2", when_bad="hold"),
    Policy("substitute", '`when_bad = "substitute"`', "Value3", when_bad="substitute"),
    Policy("strict", "`treat_uncertain_as_bad = true`", "Value4", treat_uncertain_as_bad=True),
    Policy("refuse", '`out_of_range = "refuse"`', "Value5", {"out_of_range": "refuse"}),
    Policy("clamp", '`out_of_range = "clamp"`', "Value6", {"out_of_range": "clamp"}),
    Policy("skew", f"`max_skew_ms = {_ms(MAX_SKEW)}`", "Value7", {"join": {"max_skew_ms": _ms(MAX_SKEW)}}),
    Policy(
        "period",
        f'`trigger.kind = "period"`, `period_ms = {_ms(PERIOD)}`',
        "Value8",
        {"trigger": {"kind": "period", "period_ms": _ms(PERIOD)}},
    ),
    Policy(
        "leading",
        f'`trigger.kind = "leading"`, `input = "{LEADER}"`',
        "Value9",
        {"trigger": {"kind": "leading", "input": LEADER}},
    ),
    Policy(
        ASKED,
        '`trigger.kind = "handshake"`, asked all the time',
        "PredictedFlow",
        {"trigger": {"kind": "handshake"}},
    ),
    Policy(
        SECOND,
        "the pressures of this PLC, the motor and the valve of another one, which takes the result",
        "Value1",
        elsewhere=("MotorSpeed", "MotorTorque", "MotorPower", "ValvePosition"),
        result_at=OTHER,
    ),
)


def configuration(folder: Path, plcs: Mapping[str, str], policies: Sequence[Policy] = COLUMNS) -> Path:
    """A file that serves the flow model under each policy; `plcs` are endpoints by name."""
    text = [
        *open_server(),
        *(line for name, endpoint in plcs.items() for line in _plc(name, endpoint)),
        *(line for policy in policies for line in policy.lines()),
    ]
    return plant_file(folder, text)


def _plc(name: str, endpoint: str) -> Iterator[str]:
    yield f"[plcs.{name}]"
    yield f'endpoint = "{endpoint}"'
    yield f'namespace_uri = "{URI}"'
    yield 'security_policy = "None"'
    yield f"keep_alive_ms = {_ms(KEEP_ALIVE)}"
    yield f"publishing_interval_ms = {_ms(PUBLISHING)}"
    yield "reconnect_max_ms = 500"
    beats = 'write = "s=Results.Heartbeat", period_ms = 200, ' if name == PUMP else ""
    yield f'heartbeat = {{ {beats}read = "s=Plc.Heartbeat" }}'


def _inline(value: Any) -> str:
    """A value in TOML."""
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
