"""The nodes below a model's Versions, and how a snapshot fills them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from asyncua import ua

from opcua_ml.application.versions import NO_COUNTS
from opcua_ml.domain.status import Status
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value
from opcua_ml.opcua.space.node_ids import below, model_path
from opcua_ml.opcua.space.standard import (
    BOOLEAN,
    DOUBLE,
    FOLDER_TYPE,
    STRING,
    UINT64,
    UTC_TIME,
    VARIABLE_TYPE,
)
from opcua_ml.opcua.texts import phrase
from opcua_ml.opcua.values import date_time, shared_status
from opcua_ml.opcua.versions.methods import METHODS, VersionMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.versions import VersionHandler, VersionsSnapshot
    from opcua_ml.domain.gate import GateResult
    from opcua_ml.opcua.server.model_server import ModelServer

_Type = ua.VariantType


class _Shown(NamedTuple):
    name: str
    description: str
    data_type: ua.NodeId
    variant: ua.Variant
    status: int = Status.Good


class VersionNodes:
    """Shows the versions of models and offers the methods that manage them.

    Args:
        server: entered; the models are shown already.
        handler: who does what clients ask.
        clock: for timestamps.
    """

    def __init__(self, server: ModelServer, handler: VersionHandler, clock: Clock) -> None:
        self._server = server
        self._handler = handler
        self._clock = clock

    async def add(self, model: str) -> None:
        """Offer the methods of a model, and the folder of its versions."""
        names, path = self._server.names, model_path(model)
        nodes = [
            node
            for kind in METHODS
            for node in VersionMethod(model, kind, self._handler).blueprints(names, path)
        ]
        folder = Blueprint(
            below(path, "Versions"), path, names.own("Versions"), "Its versions.", names.type("VersionsType")
        )
        await self._server.tree.bring([*nodes, folder])

    async def show(self, snapshot: VersionsSnapshot) -> None:
        """Change what differs, and bring in versions that are new."""
        tree, names = self._server.tree, self._server.names
        folder = below(model_path(snapshot.model), "Versions")
        shown = {folder: list(_overall(snapshot))}
        missing: list[Blueprint] = []
        for version in snapshot.lifecycle.versions:
            path = below(folder, version)
            told = phrase("Version {version}.", version=version)
            kind = names.type("VersionType")
            missing.append(Blueprint(path, folder, names.site(version), told, kind))
            shown[path] = list(_of_version(snapshot, version))
            gates = below(path, "Gates")
            results = snapshot.gates.get(version, ())
            if results:
                words = "What each gate gave."
                missing.append(Blueprint(gates, path, names.own("Gates"), words, FOLDER_TYPE))
            for result in results:
                one = below(gates, result.name)
                missing.append(Blueprint(one, gates, names.site(result.name), "A gate.", FOLDER_TYPE))
                shown[one] = list(_of_gate(result))
        missing += [self._variable(path, one) for path, all_ in shown.items() for one in all_]
        await tree.remove(self._old_gates(snapshot, {plan.path for plan in missing}))
        await tree.bring([plan for plan in missing if not tree.holds(plan.path)])
        moment = date_time(self._clock.now())
        changes = [(tree.cell(f"{path}.{one.name}"), one) for path, all_ in shown.items() for one in all_]
        await change_together(
            (cell, ua.DataValue(one.variant, shared_status(one.status), moment, moment))
            for cell, one in changes
            if (cell.value.Value, cell.value.StatusCode) != (one.variant, shared_status(one.status))
        )

    def _old_gates(self, snapshot: VersionsSnapshot, wanted: set[str]) -> set[str]:
        """What gates gave that were not asked again when their version came anew."""
        folder = below(model_path(snapshot.model), "Versions")
        gates = [below(folder, version, "Gates") for version in snapshot.lifecycle.versions]
        known = {path for gate in gates for path in self._server.tree.paths_below(gate)}
        return known - wanted

    def _variable(self, path: str, one: _Shown) -> Blueprint:
        rank, dimensions = (ONE_DIMENSION, (0,)) if one.variant.is_array else (SCALAR, ())
        return Blueprint(
            f"{path}.{one.name}",
            path,
            self._server.names.own(one.name),
            one.description,
            VARIABLE_TYPE,
            value=Value(one.data_type, one.variant, one.status, rank, dimensions),
        )


def _overall(snapshot: VersionsSnapshot) -> Iterator[_Shown]:
    lifecycle = snapshot.lifecycle
    yield _text("CurrentVersion", "Version that predicts; empty for none.", lifecycle.active or "")
    yield _text(
        "FallbackVersion", "Version to which Rollback leads; empty for none.", lifecycle.fallback or ""
    )
    yield _text(
        "CandidateVersion", "Newest one that may come next; empty for none.", lifecycle.candidate or ""
    )
    followed = snapshot.followed
    if followed is not None:
        yield _text("Alias", "Alias of a registry that is followed.", followed.alias)
        yield _text("AliasVersion", "Version that it names; empty before the first came.", followed.version)
        yield _text("AliasProblem", "What keeps its version from coming; else empty.", followed.problem)
    yield _time("ConfirmationDeadline", "Until when Confirm must follow; Bad for never.", lifecycle.deadline)


def _of_version(snapshot: VersionsSnapshot, version: str) -> Iterator[_Shown]:
    entry = snapshot.lifecycle.versions[version]
    counts = snapshot.shadows.get(version, NO_COUNTS)
    yield _text(
        "State",
        "Staged, Shadow, Canary, Probation, Active, Fallback, Retired or Rejected.",
        entry.state.value,
    )
    yield _text("ContentHash", "SHA-256 of the package's manifest, hexadecimal.", entry.content_hash)
    yield _time("Since", "Since when it is in this state.", entry.since)
    yield _text("Reason", "Why, in the words of who did it.", entry.reason)
    results = [str(result) for result in snapshot.gates.get(version, ())]
    gates = ua.Variant(results, _Type.String, None, True)
    yield _Shown("GateResults", "What its gates gave, one sentence each.", STRING, gates)
    yield _count("ShadowAgreed", "Rows of which it gave, as shadow, what the active one gave.", counts.agreed)
    yield _count("ShadowDisagreed", "Rows of which it gave something else.", counts.disagreed)
    yield _count("ShadowFailed", "Rows on which it failed as shadow.", counts.failed)
    words = "Share of the rows that agreed; Bad before the first."
    if counts.agreed + counts.disagreed:
        yield _Shown("ShadowAgreement", words, DOUBLE, ua.Variant(counts.agreement, _Type.Double))
    else:
        waiting = Status.BadWaitingForInitialData
        yield _Shown("ShadowAgreement", words, DOUBLE, ua.Variant(), waiting)


def _of_gate(result: GateResult) -> Iterator[_Shown]:
    unit = f", in {result.unit}" if result.unit else ""
    measured = phrase("What was measured{unit}; Bad where that is no number.", unit=unit)
    held = phrase("What it was held against{unit}; Bad where that is no number.", unit=unit)
    passed = ua.Variant(result.passed, _Type.Boolean)
    yield _Shown("Passed", "Whether the version may go live, as far as this gate can tell.", BOOLEAN, passed)
    yield _number("Value", measured, result.value)
    yield _number("Limit", held, result.limit)
    yield _text("Text", "What was found, in words.", result.detail)


def _number(name: str, description: str, value: float | None) -> _Shown:
    if value is None or isnan(value):
        return _Shown(name, description, DOUBLE, ua.Variant(), Status.BadNoData)
    return _Shown(name, description, DOUBLE, ua.Variant(value, _Type.Double))


def _text(name: str, description: str, value: str) -> _Shown:
    return _Shown(name, description, STRING, ua.Variant(value, _Type.String))


def _count(name: str, description: str, value: int) -> _Shown:
    return _Shown(name, description, UINT64, ua.Variant(value, _Type.UInt64))


def _time(name: str, description: str, seconds: float | None) -> _Shown:
    if seconds is None:
        return _Shown(name, description, UTC_TIME, ua.Variant(), Status.BadNoData)
    moment = date_time(datetime.fromtimestamp(seconds, UTC))
    return _Shown(name, description, UTC_TIME, ua.Variant(moment, _Type.DateTime))
