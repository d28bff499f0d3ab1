"""Browse, BrowseNext and TranslateBrowsePathsToNodeIds: what the caller may see, in bites it can take.

Source: OPC UA Part 4, 5.9 (View Service Set), 7.9 (ContinuationPoint).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.address_space import ViewService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.ground.errors import bad
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.localized import localized_reference

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.ground.limits import Limits
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_HAS_SUBTYPE: Final = node_id(ObjectIds.HasSubtype)
_ALL_FIELDS: Final = int(ua.BrowseResultMask.All)
_WHOLE_PATH: Final = 0xFFFFFFFF
_MAX_PATH: Final = 100
_MAX_TARGETS: Final = 10_000


class Unfinished(NamedTuple):
    """A browse of which something is left.

    Attributes:
        source: the node that is browsed.
        references: those left.
        bite: how many are given out at a time.
    """

    source: ua.NodeId
    references: list[ua.ReferenceDescription]
    bite: int


class ContinuationPoints:
    """The unfinished browses of one session.

    Args:
        most: how many at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[bytes, Unfinished] = {}

    def __len__(self) -> int:
        return len(self._open)

    def keep(self, rest: Unfinished) -> bytes | None:
        """A continuation point for `rest`; None if there are too many."""
        if len(self._open) >= self._most:
            return None
        point = secrets.token_bytes(16)
        self._open[point] = rest
        return point

    def take(self, point: bytes) -> Unfinished | None:
        """What is left of a browse; the point is used up."""
        return self._open.pop(point, None)


class PlantViewService(ViewService):
    """Every browse of every session.

    Args:
        aspace: the nodes.
        rules: who may see what.
        limits: how many references at once.
    """

    _aspace: PlantAddressSpace

    def __init__(self, aspace: PlantAddressSpace, rules: AccessRules, limits: Limits) -> None:
        super().__init__(aspace)
        self._rules = rules
        self._limits = limits
        self._subtypes: dict[ua.NodeId, frozenset[ua.NodeId]] = {}
        self._subtypes_version = -1

    def browse_for(
        self, caller: Caller, params: ua.BrowseParameters, points: ContinuationPoints | None = None
    ) -> list[ua.BrowseResult]:
        """References in the order of NodesToBrowse; without `points` all of them at once.

        Raises:
            ServiceError: BadViewIdUnknown.
        """
        view = params.View.ViewId
        if not view.is_null() and self._class_of(view) != ua.NodeClass.View:
            raise ServiceError(StatusCodes.BadViewIdUnknown)
        bite = params.RequestedMaxReferencesPerNode or self._limits.max_references_per_node
        bite = min(bite, self._limits.max_references_per_node)
        return [self._browse_one(caller, wanted, bite, points) for wanted in params.NodesToBrowse]

    def browse_next(
        self, caller: Caller, points: ContinuationPoints, wanted: list[bytes], *, release: bool
    ) -> list[ua.BrowseResult]:
        """The next references that the caller may see now of unfinished browses; or only their release."""
        results = []
        for point in wanted:
            left = points.take(point or b"")
            if left is None:
                results.append(ua.BrowseResult(StatusCode=bad(StatusCodes.BadContinuationPointInvalid)))
            elif release:
                results.append(ua.BrowseResult())
            else:
                results.append(self._gone_on(caller, left, points))
        return results

    def translate_for(self, caller: Caller, paths: list[ua.BrowsePath]) -> list[ua.BrowsePathResult]:
        """The nodes at the end of each path, as far as the caller may see them."""
        return [self._translate_one(caller, path) for path in paths]

    # Browse

    def _browse_one(
        self, caller: Caller, wanted: ua.BrowseDescription, bite: int, points: ContinuationPoints | None
    ) -> ua.BrowseResult:
        node = self._aspace.get(wanted.NodeId)
        code = self._objection(caller, node, wanted)
        if code or node is None:
            return ua.BrowseResult(StatusCode=bad(code))
        found = self._references(caller, node, wanted)
        if caller.locales:
            found = [localized_reference(reference, caller.locales) for reference in found]
        mask = int(wanted.ResultMask) & _ALL_FIELDS
        if mask != _ALL_FIELDS:
            found = [_masked(reference, mask) for reference in found]
        if points is None:
            return ua.BrowseResult(References=found)
        return self._bitten(Unfinished(node.nodeid, found, bite), points)

    def _gone_on(self, caller: Caller, left: Unfinished, points: ContinuationPoints) -> ua.BrowseResult:
        source = self._aspace.get(left.source)
        if source is None:
            return ua.BrowseResult(StatusCode=bad(StatusCodes.BadNodeIdUnknown))
        if not self._visible(caller, source):
            return ua.BrowseResult(StatusCode=bad(access.refusal(caller, source)))
        seen = [
            reference
            for reference in left.references
            if (target := self._aspace.get(reference.NodeId)) is not None and self._visible(caller, target)
        ]
        return self._bitten(left._replace(references=seen), points)

    def _objection(self, caller: Caller, node: NodeData | None, wanted: ua.BrowseDescription) -> int:
        if node is None:
            return StatusCodes.BadNodeIdUnknown
        if int(wanted.BrowseDirection) not in {0, 1, 2}:
            return StatusCodes.BadBrowseDirectionInvalid
        kind = wanted.ReferenceTypeId
        if not kind.is_null() and not self._is_reference_type(kind):
            return StatusCodes.BadReferenceTypeIdInvalid
        return StatusCodes.Good if self._visible(caller, node) else access.refusal(caller, node)

    def _references(
        self, caller: Caller, node: NodeData, wanted: ua.BrowseDescription
    ) -> list[ua.ReferenceDescription]:
        kinds = self._kinds(wanted.ReferenceTypeId, subtypes=wanted.IncludeSubtypes)
        direction = int(wanted.BrowseDirection)
        classes = int(wanted.NodeClassMask)
        found = []
        for reference in node.references:
            if direction != 2 and reference.IsForward != (direction == 0):
                continue
            if kinds is not None and reference.ReferenceTypeId not in kinds:
                continue
            if classes and not classes & reference.NodeClass:
                continue
            target = self._aspace.get(reference.NodeId)
            if target is None or self._visible(caller, target):
                found.append(reference)
        return found

    @staticmethod
    def _bitten(left: Unfinished, points: ContinuationPoints) -> ua.BrowseResult:
        references, bite = left.references, left.bite
        if len(references) <= bite:
            return ua.BrowseResult(References=references)
        point = points.keep(left._replace(references=references[bite:]))
        if point is None:
            return ua.BrowseResult(StatusCode=bad(StatusCodes.BadNoContinuationPoints))
        return ua.BrowseResult(ContinuationPoint=point, References=references[:bite])

    def _visible(self, caller: Caller, node: NodeData) -> bool:
        return caller.identity.trusted or bool(self._rules.permissions(caller, node) & access.BROWSE)

    # Reference types

    def _is_reference_type(self, kind: ua.NodeId) -> bool:
        return bool(self._class_of(kind) == ua.NodeClass.ReferenceType)

    def _class_of(self, node: ua.NodeId) -> Any:
        held = self._aspace.read_attribute_value(node, AttributeIds.NodeClass)
        return held.Value.Value if held.Value is not None else None

    def _kinds(self, kind: ua.NodeId, *, subtypes: bool) -> frozenset[ua.NodeId] | None:
        if kind.is_null():
            return None
        if not subtypes:
            return frozenset({kind})
        if self._subtypes_version != self._aspace.types_version:
            self._subtypes.clear()
            self._subtypes_version = self._aspace.types_version
        found = self._subtypes.get(kind)
        if found is None:
            found = self._subtypes[kind] = frozenset(self._below(kind))
        return found

    def _below(self, kind: ua.NodeId) -> set[ua.NodeId]:
        found, waiting = {kind}, [kind]
        while waiting:
            node = self._aspace.get(waiting.pop())
            for reference in node.references if node is not None else ():
                below = reference.ReferenceTypeId == _HAS_SUBTYPE and reference.IsForward
                if below and reference.NodeId not in found:
                    found.add(reference.NodeId)
                    waiting.append(reference.NodeId)
        return found

    # Paths

    def _translate_one(self, caller: Caller, path: ua.BrowsePath) -> ua.BrowsePathResult:
        elements = path.RelativePath.Elements
        start = self._aspace.get(path.StartingNode)
        code = StatusCodes.Good
        if start is None:
            code = StatusCodes.BadNodeIdUnknown
        elif not elements:
            code = StatusCodes.BadNothingToDo
        elif len(elements) > _MAX_PATH:
            code = StatusCodes.BadTooManyOperations
        elif any(not element.TargetName.Name for element in elements):
            code = StatusCodes.BadBrowseNameInvalid
        elif not self._visible(caller, start):
            code = StatusCodes.BadUserAccessDenied
        if code or start is None:
            return ua.BrowsePathResult(StatusCode=bad(code))
        found = {start.nodeid: start}
        for element in elements:
            found = self._step(caller, found, element)
            if not found:
                return ua.BrowsePathResult(StatusCode=bad(StatusCodes.BadNoMatch))
            if len(found) > _MAX_TARGETS:
                return ua.BrowsePathResult(StatusCode=bad(StatusCodes.BadTooManyMatches))
        targets = [ua.BrowsePathTarget(TargetId=node, RemainingPathIndex=_WHOLE_PATH) for node in found]
        return ua.BrowsePathResult(Targets=targets)

    def _step(
        self, caller: Caller, nodes: dict[ua.NodeId, NodeData], element: ua.RelativePathElement
    ) -> dict[ua.NodeId, NodeData]:
        kinds = self._kinds(element.ReferenceTypeId, subtypes=bool(element.IncludeSubtypes))
        found: dict[ua.NodeId, NodeData] = {}
        for node in nodes.values():
            for reference in node.references:
                if reference.IsForward == element.IsInverse or reference.BrowseName != element.TargetName:
                    continue
                if kinds is not None and reference.ReferenceTypeId not in kinds:
                    continue
                target = self._aspace.get(reference.NodeId)
                if target is not None and self._visible(caller, target):
                    found[reference.NodeId] = target
        return found


def _masked(reference: ua.ReferenceDescription, mask: int) -> ua.ReferenceDescription:
    """A copy with the fields of a BrowseResultMask; the others are null (Part 4, 5.9.2.2)."""
    wanted = ua.BrowseResultMask
    kept = ua.ReferenceDescription(
        NodeId=reference.NodeId, IsForward=bool(mask & wanted.IsForward) and reference.IsForward
    )
    kept.NodeClass = reference.NodeClass if mask & wanted.NodeClass else ua.NodeClass.Unspecified
    kept.ReferenceTypeId = reference.ReferenceTypeId if mask & wanted.ReferenceTypeId else ua.NodeId()
    kept.BrowseName = reference.BrowseName if mask & wanted.BrowseName else ua.QualifiedName()
    kept.DisplayName = reference.DisplayName if mask & wanted.DisplayName else ua.LocalizedText()
    kept.TypeDefinition = reference.TypeDefinition if mask & wanted.TypeDefinition else ua.NodeId()
    return kept
