"""A client at the PLC that keeps what it publishes, and judges predictions by that alone.

It knows nothing of the service: values, qualities and times are the PLC's own, read through asyncua, and
what the model says of them is computed by onnxruntime from the package's file.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import BadNodeIdUnknown, UaStatusCodeError

from tests.integration.fault_matrix.plc import LOST, node_id
from tests.integration.fault_matrix.policies import MAX_AGE, PACKAGE, URI
from tests.integration.fault_matrix.watch import name_of
from tests.integration.service.processes import INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.fault_matrix.watch import Seen

_MODEL = Path(__file__).parents[3] / "models" / PACKAGE / "model.onnx"
_PUBLISHING_MS = 20
_QUEUE = 5_000
_KEPT = 4_000
_PLAUSIBLE = {"SuctionPressure": (-0.15, 0.15), "DischargePressure": (0.5, 4.5)}
"""bar that the plant ever has; in another unit the values lie outside."""
_PATIENCE = 0.7
_CHANGED = 0x4000
_OWN_UNITS = {"bar": 1.0, "lbf/in²": 0.0689475729}
"""bar per unit of pressure, as the PLC names it; NIST Special Publication 811, appendix B.8."""


@dataclass(frozen=True, slots=True)
class Published:
    """One value of a tag.

    Attributes:
        value: in the unit of the signature.
        status: name of its StatusCode.
        heard: our monotonic clock when it came.
    """

    value: Any
    status: str
    heard: float


@dataclass(slots=True)
class _Gap:
    since: float
    until: float | None = None


class Witness:
    """Follows the PLC over its deaths.

    Args:
        slack: s by which we and the service may hear of a value at different times.

    Attributes:
        vouched: Good predictions whose every input the PLC had published Good, and fresh.
        unheard: Good predictions that can't be judged, as we were not connected when the values came.
    """

    def __init__(self, slack: float = 2.0) -> None:
        self._slack = slack
        self.vouched = 0
        self.unheard = 0
        self._published: defaultdict[str, deque[Published]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._factors: dict[str, float] = {}
        self._names: dict[ua.NodeId, str] = {}
        self._deaf = {name: deque([_Gap(0.0)], maxlen=_KEPT) for name in INPUTS}
        self._renew = asyncio.Event()
        self._model = onnxruntime.InferenceSession(_MODEL)

    async def watch(self, endpoint: str) -> None:
        """Keep what the PLC publishes until cancelled."""
        while True:
            client = Client(endpoint, timeout=_PATIENCE)
            with suppress(*LOST):
                try:
                    await client.connect()
                    await self._follow(client)
                finally:
                    for name in INPUTS:
                        self._lose(name)
                    with suppress(*LOST):
                        async with asyncio.timeout(_PATIENCE):
                            await client.disconnect()
            await asyncio.sleep(0.05)

    async def is_there(self) -> None:
        """Wait until we hear the PLC."""
        async with asyncio.timeout(30.0):
            while len(self._published) < len(INPUTS):  # noqa: ASYNC110 - a server's state
                await asyncio.sleep(0.02)

    async def has_heard(self, at: float) -> None:
        """Wait until every tag has told a value after this time of our monotonic clock."""
        async with asyncio.timeout(30.0):
            while any(self._published[name][-1].heard < at for name in INPUTS):  # noqa: ASYNC110 - a server's
                await asyncio.sleep(0.02)

    def complaint(self, seen: Seen, elsewhere: Mapping[str, Witness] | None = None) -> str:
        """What is wrong with a prediction; empty where nothing is, or nobody can know.

        A Good one must be the model's answer to values that the PLC has published Good, not long ago.

        Args:
            seen: the prediction.
            elsewhere: who has heard the inputs that come from another PLC.
        """
        if not seen.is_good:
            is_told = bool(seen.reason and seen.offending)
            has_value = seen.value is not None and seen.status.startswith("Bad")
            return "a Bad output has a value" if has_value else "" if is_told else "no reason or tag is named"
        if seen.value is None:
            return "a Good output has no value"
        return self._complaint_of_good(seen, elsewhere or {})

    def _complaint_of_good(self, seen: Seen, elsewhere: Mapping[str, Witness]) -> str:
        values = [seen.inputs[name][0] for name in INPUTS]
        unheard = False
        for name, value in zip(INPUTS, values, strict=True):
            by = elsewhere.get(name, self)
            found = by.good(name, value, seen.made)
            if found is None and by.may_have_missed(name, value, seen.made):
                unheard = True
            elif found is None:
                return f"{name} was not {value!r} at the PLC, or not Good"
            elif seen.made - found.heard > MAX_AGE + self._slack:
                return f"{name} was {seen.made - found.heard:.2f} s old"
        wanted = self._model.run(None, {"inputs": np.array([values], dtype=np.float32)})[0].item()
        if seen.value is None or abs(wanted - seen.value) > 1e-3 * abs(wanted):
            return f"the model says {wanted}"
        self.unheard += unheard
        self.vouched += not unheard
        return ""

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Called for every change at the PLC."""
        name, told = self._names[node.nodeid], data.monitored_item.Value
        if told.StatusCode is not None and told.StatusCode.value & _CHANGED:
            self._factors.pop(name, None)
            self._lose(name)
        status = name_of(told.StatusCode)
        if status.startswith("BadNodeId") or name not in self._factors:
            self._renew.set()
            return
        if isinstance(value, float):
            value *= self._factors[name]
        now = monotonic()
        self._published[name].append(Published(value, status, now))
        if self._deaf[name][-1].until is None:
            self._deaf[name][-1].until = now

    async def _follow(self, client: Client) -> None:
        index = await client.get_namespace_index(URI)
        subscription = await client.create_subscription(_PUBLISHING_MS, self)
        missing = set(INPUTS)
        while True:
            self._renew.clear()  # before the first await: what is told meanwhile must not be forgotten
            for name in sorted(missing):
                node = client.get_node(node_id(f"PumpStation.{name}", index))
                self._names[node.nodeid] = name
                with suppress(UaStatusCodeError):
                    self._factors[name] = await _factor(client, index, name)
                    await subscription.subscribe_data_change(
                        node, queuesize=_QUEUE, sampling_interval=ua.Double(0)
                    )
                    missing.discard(name)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await self._renew.wait()
                return  # a node is gone, or means something else now: all is looked at anew
            await client.nodes.server_state.read_value()

    def good(self, name: str, value: Any, at: float) -> Published | None:
        """Where the PLC had this value, Good, as its newest at a time, but for what hearing of it takes."""
        for one in reversed(self._published[name]):
            if one.status == "Good" and isinstance(one.value, float) and _same(one.value, value):
                return one
            if one.heard < at - self._slack:
                return None
        return None

    def _lose(self, name: str) -> None:
        """From its last value on we have not heard what the tag tells: a loss is noticed later than it is."""
        if self._deaf[name][-1].until is not None:
            self._deaf[name].append(_Gap(self._published[name][-1].heard))

    def may_have_missed(self, name: str, value: float, at: float) -> bool:
        """Whether the tag may have told this value while we were away, just before a prediction."""
        low, high = _PLAUSIBLE.get(name, (-inf, inf))
        known = max((one.heard for one in self._published[name] if one.heard < at - self._slack), default=0.0)
        return low <= value <= high and any(
            gap.since <= at and (gap.until is None or gap.until >= known) for gap in self._deaf[name]
        )


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(abs(one), abs(other))


async def _factor(client: Client, index: int, name: str) -> float:
    """From the tag's unit to that of the signature; 1 for what is no pressure, or has no unit."""
    if not name.endswith("Pressure"):
        return 1.0
    node = client.get_node(node_id(f"PumpStation.{name}.EngineeringUnits", index))
    try:
        return _OWN_UNITS[(await node.read_value()).DisplayName.Text]
    except BadNodeIdUnknown:
        return 1.0
