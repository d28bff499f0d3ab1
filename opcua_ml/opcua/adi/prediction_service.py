"""The prediction service: its device, its models, and what changes them.

Source: OPC 10020 1.01a, Annex G (Prediction service).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.status import Status
from opcua_ml.opcua.adi import names as adi
from opcua_ml.opcua.adi.device_nodes import DeclaredMethod, Nameplate, device_nodes
from opcua_ml.opcua.adi.model_display import AdiDisplay
from opcua_ml.opcua.adi.model_nodes import AdiModel, model_path, process_variable_path
from opcua_ml.opcua.adi.mva_predict import MvaPredict, Target
from opcua_ml.opcua.live import change_together
from opcua_ml.opcua.space.call_result import answered, failed
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.node_ids import model_path as own_model_path
from opcua_ml.opcua.space.standard import ORGANIZES
from opcua_ml.opcua.texts import text
from opcua_ml.opcua.values import date_time, shared_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asyncua.server.server import Server

    from opcua_ml.application.ports import Clock, PredictionHandler
    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.opcua.adi.names import AdiNames
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

_DECLARED: Final = {
    "GetConfiguration": (0, 9444, "The models served, with versions and hashes, as JSON."),
    "SetConfiguration": (9446, 9447, "Not offered: what is served is set by the service's own file."),
    "GetConfigDataDigest": (0, 9449, "SHA-256 of what GetConfiguration answers, hexadecimal."),
    "CompareConfigDataDigest": (9451, 9452, "Whether the digest given is that of the configuration."),
    "ResetAllChannels": (0, 0, "Not offered: the device has no channels."),
    "StartAllChannels": (0, 0, "Not offered: the device has no channels."),
    "StopAllChannels": (0, 0, "Not offered: the device has no channels."),
    "AbortAllChannels": (0, 0, "Not offered: the device has no channels."),
    "GotoOperating": (0, 0, "Lets MVAPredict be called."),
    "GotoMaintenance": (
        0,
        0,
        "Lets MVAPredict be called no more, until GotoOperating; the tag path goes on.",
    ),
}
"""Methods of AnalyserDeviceType: numbers of their InputArguments and OutputArguments, and what they do."""
_PREDICT = (6001, 6002)
_ARGUMENTS: Final = {
    "ConfigData": "The configuration, as JSON.",
    "ConfigDataDigest": "SHA-256 of the configuration, hexadecimal.",
    "IsEqual": "Whether the digest given is that of the configuration.",
}
_GROUPS: Final = {
    "Identification": ("Manufacturer", "Model", "SerialNumber"),
    "Status": ("ParameterSet.DiagnosticStatus",),
}
"""Functional groups of AnalyserDeviceType and what they organize (OPC 10020, 5.2)."""


class PredictionService:
    """On one server.

    Args:
        server: with the nodesets of DI, ADI and our type of device.
        tree, names: of the site's nodes.
        own: names of ADI.
        handler: who predicts.
        clock: for timestamps.
    """

    def __init__(
        self,
        server: Server,
        tree: NodeTree,
        names: Names,
        own: AdiNames,
        *,
        handler: PredictionHandler,
        clock: Clock,
    ) -> None:
        self._session = server.iserver.isession
        self._aspace = server.iserver.aspace
        self._tree = tree
        self._names = names
        self._own = own
        self._clock = clock
        self._operating = True
        self._cards: dict[str, ModelCard] = {}
        self._targets: dict[ua.NodeId, Target] = {}
        self._predict = MvaPredict(self._targets, handler, lambda: self._operating, clock)

    async def show(self, plate: Nameplate) -> None:
        """Show the device."""
        await self._tree.bring(list(device_nodes(self._own, self._names, plate, self._methods())))
        for group, members in _GROUPS.items():
            paths = [f"{adi.DEVICE}.{name}" for name in members]
            self._relate(f"{adi.DEVICE}.{group}", ORGANIZES, paths)

    async def show_model(self, card: ModelCard, ranges: Mapping[str, OutputRanges]) -> AdiDisplay:
        """Show a model, or another version of it.

        Args:
            card: of the version.
            ranges: by output: when it is noteworthy or alarming.

        Returns:
            What changes its nodes with each prediction.
        """
        model = AdiModel(card, ranges, self._own, self._names)
        blueprints = list(model.blueprints())
        path, before = model_path(card.name), self._cards.get(card.name)
        if before is not None:
            wanted = {plan.path for plan in blueprints}
            known = self._tree.paths_below(path) | {
                process_variable_path(card.name, item.name) for item in before.signature.outputs
            }
            await self._tree.remove({old for old in known - wanted if self._tree.holds(old)})
        await self._tree.bring(blueprints, reset=before is None or before.signature != card.signature)
        outputs = [below(path, item.name) for item in card.signature.outputs]
        inputs = [below(own_model_path(card.name), "Inputs", item.name) for item in card.signature.inputs]
        self._relate(path, self._own.adi(adi.HAS_INPUT), inputs)
        self._put_in_order(path, outputs)
        for item, output in zip(card.signature.outputs, outputs, strict=True):
            self._relate(
                process_variable_path(card.name, item.name), self._own.adi(adi.HAS_DATA_SOURCE), [output]
            )
        self._cards[card.name] = card
        self._targets[self._names.node(path)] = Target(card.name, card.signature)
        return AdiDisplay(self._tree, card, ranges)

    async def remove_model(self, name: str) -> None:
        """Show a model no longer."""
        card = self._cards.pop(name, None)
        if card is None:
            return
        path = model_path(name)
        self._targets.pop(self._names.node(path), None)
        variables = {process_variable_path(name, item.name) for item in card.signature.outputs}
        await self._tree.remove(self._tree.paths_below(path) | variables)

    def _relate(self, source: str, reference_type: ua.NodeId, targets: Sequence[str]) -> None:
        """Have exactly these references of a kind, in this order."""
        node = self._aspace[self._names.node(source)]
        for old in [
            item for item in node.references if item.ReferenceTypeId == reference_type and item.IsForward
        ]:
            node.references.remove(old)
            target = self._aspace.get(old.NodeId)
            for back in list(target.references) if target is not None else ():
                if back.ReferenceTypeId == reference_type and back.NodeId == node.nodeid:
                    target.references.remove(back)  # type: ignore[union-attr]
        items = []
        for target_path in targets:
            ends = node.nodeid, self._names.node(target_path)
            for (start, end), forward in ((ends, True), (ends[::-1], False)):
                item = ua.AddReferencesItem()
                item.SourceNodeId, item.TargetNodeId = start, end
                item.ReferenceTypeId, item.IsForward = reference_type, forward
                items.append(item)
        self._aspace_references(items)

    def _aspace_references(self, items: Iterable[ua.AddReferencesItem]) -> None:
        for result in self._session.iserver.node_mgt_service.add_references(list(items)):
            result.check()

    def _put_in_order(self, path: str, outputs: Sequence[str]) -> None:
        """MVAPredict answers in the order of the HasOutput references, and that is the signature's."""
        references = self._aspace[self._names.node(path)].references
        places = {self._names.node(output): place for place, output in enumerate(outputs)}
        references.sort(key=lambda item: places.get(item.NodeId, -1) if item.IsForward else -1)

    def _methods(self) -> dict[str, DeclaredMethod]:
        codes: dict[str, Any] = {
            "GetConfiguration": self._get_configuration,
            "GetConfigDataDigest": self._get_digest,
            "CompareConfigDataDigest": self._compare_digest,
            "GotoOperating": self._go_to_operating,
            "GotoMaintenance": self._go_to_maintenance,
        }
        found = {
            name: DeclaredMethod(
                name,
                words,
                codes.get(name),
                self._arguments(self._own.adi(inputs)),
                self._arguments(self._own.adi(outputs)),
            )
            for name, (inputs, outputs, words) in _DECLARED.items()
        }
        inputs, outputs = (self._arguments(self._own.device(number)) for number in _PREDICT)
        words = "Predicts the outputs of a model from inputs."
        return found | {
            "MVAPredict": DeclaredMethod("MVAPredict", words, self._predict.call, inputs, outputs)
        }

    def _arguments(self, node_id: ua.NodeId) -> list[Any]:
        """As the type declares them, described where ADI's file leaves that out."""
        node = self._aspace.get(node_id)
        held = node.attributes[AttributeIds.Value].value if node is not None else None
        declared: list[Any] = (held.Value.Value or []) if held is not None and held.Value is not None else []
        return [
            one
            if one.Description.Text
            else replace(one, Description=text(_ARGUMENTS.get(one.Name, one.Name)))
            for one in declared
        ]

    def _configuration(self) -> bytes:
        models = [
            {"name": card.name, "version": card.version, "content_hash": card.content_hash}
            for card in self._cards.values()
        ]
        return json.dumps({"models": models}, sort_keys=True).encode()

    def _digest(self) -> str:
        return hashlib.sha256(self._configuration()).hexdigest()

    async def _get_configuration(self, _object: ua.NodeId) -> ua.CallMethodResult:
        return answered([ua.Variant(self._configuration(), ua.VariantType.ByteString)])

    async def _get_digest(self, _object: ua.NodeId) -> ua.CallMethodResult:
        return answered([ua.Variant(self._digest(), ua.VariantType.String)])

    async def _compare_digest(self, _object: ua.NodeId, given: ua.Variant) -> ua.CallMethodResult:
        return answered([ua.Variant(given.Value == self._digest(), ua.VariantType.Boolean)])

    async def _go_to_operating(self, _object: ua.NodeId) -> ua.CallMethodResult:
        return await self._go_to("Operating", adi.OPERATING)

    async def _go_to_maintenance(self, _object: ua.NodeId) -> ua.CallMethodResult:
        return await self._go_to("Maintenance", adi.MAINTENANCE)

    async def _go_to(self, state: str, number: int) -> ua.CallMethodResult:
        self._operating = number == adi.OPERATING
        path, now = f"{adi.DEVICE}.AnalyserStateMachine.CurrentState", date_time(self._clock.now())
        values = (
            (path, ua.Variant(text(state), ua.VariantType.LocalizedText)),
            (f"{path}.Id", ua.Variant(self._own.adi(number), ua.VariantType.NodeId)),
        )
        good = shared_status(Status.Good)
        await change_together(
            (self._tree.cell(where), ua.DataValue(variant, good, now, now)) for where, variant in values
        )
        return failed(Status.Good)
