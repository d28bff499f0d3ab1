"""Call: the right method of the right object, by someone who may, with arguments that fit.

Source: OPC UA Part 4, 5.12.2 (Call); Part 3, 5.7 (Methods).
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from asyncua import ua
from asyncua.server.address_space import MethodService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.arguments import (
    as_outputs,
    check_arguments,
    exchanged,
    input_arguments,
    input_declaration,
    output_arguments,
)
from opcua_ml.opcua.trust.nodes.user_attributes import executable, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua.server.address_space import AttributeValue, NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
    from opcua_ml.opcua.trust.nodes.observers import CallObserver
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_log = structlog.get_logger(__name__)

_HAS_COMPONENT: Final = node_id(ObjectIds.HasComponent)
_HAS_TYPE: Final = node_id(ObjectIds.HasTypeDefinition)
_HAS_SUBTYPE: Final = node_id(ObjectIds.HasSubtype)
_MAX_TYPE_DEPTH: Final = 32


class CallingSession(Protocol):
    """The session of a Call, as the code of a Method may see it."""

    session_id: ua.NodeId
    caller: Caller

    @property
    def ended_already(self) -> bool:
        """Whether it was closed since."""


calling_session: contextvars.ContextVar[CallingSession | None] = contextvars.ContextVar(
    "calling_session", default=None
)
"""The session whose Call is running; set for the code of Methods, in threads too."""


class PlantMethodService(MethodService):
    """Runs Methods.

    Args:
        aspace: the nodes.
        rules: who may call what.
        types: what fits an Argument.

    Attributes:
        meant: from the ObjectId and MethodId of a Call to those that are meant, where the standard lets
            clients name them otherwise; by default they are what they are.
        observers: told of the Calls of clients, when the request's Calls are done.
    """

    _aspace: PlantAddressSpace
    meant: Callable[[ua.NodeId, ua.NodeId], tuple[ua.NodeId, ua.NodeId]]

    def __init__(self, aspace: PlantAddressSpace, rules: AccessRules, types: ValueTypes) -> None:
        super().__init__(aspace)
        self._rules = rules
        self._types = types
        self.meant = _as_named
        self.observers: list[CallObserver] = []

    async def call_for(
        self, session: CallingSession, methods: list[ua.CallMethodRequest]
    ) -> list[ua.CallMethodResult]:
        """One result per method, in their order; methods of one request run one after another."""
        results = [await self._call_one(session, method) for method in methods]
        if not session.caller.identity.trusted:
            for observer in self.observers:
                for method, result in zip(methods, results, strict=True):
                    observer.called(session.caller, method, result)
        return results

    def settled(
        self,
        session: CallingSession,
        object_id: ua.NodeId,
        method_id: ua.NodeId,
        given: list[ua.Variant],
    ) -> AttributeValue | None:
        """What declares the arguments of a Call that would be let through, of the object's own Method.

        None for every other Call, and where each single one has to be looked at, or told to an observer.
        Arguments of the same types get the same answer until the declaration, a right, a type, a node or a
        reference changes.
        """
        if any(observer.misses_none_of(method_id) for observer in self.observers):
            return None
        if self.meant(object_id, method_id) != (object_id, method_id):
            return None
        target, method = self._aspace.get(object_id), self._aspace.get(method_id)
        if target is None or method is None or self._method_of(target, method_id) is not method:
            return None
        if not self._has_component(target, method_id) or self._callable(session, target, method):
            return None
        declaration = input_declaration(self._aspace, method)
        if check_arguments(self._types, input_arguments(self._aspace, method), given) is not None:
            return None
        return declaration

    async def _call_one(self, session: CallingSession, request: ua.CallMethodRequest) -> ua.CallMethodResult:
        object_id, method_id = self.meant(request.ObjectId, request.MethodId)
        target = self._aspace.get(object_id)
        if target is None:
            return _refused(StatusCodes.BadNodeIdUnknown)
        method = self._method_of(target, method_id)
        if method is None:
            return _refused(StatusCodes.BadMethodInvalid)
        code = self._callable(session, target, method)
        if code:
            return _refused(code)
        given = request.InputArguments or []
        declared = input_arguments(self._aspace, method)
        refusal = check_arguments(self._types, declared, given)
        if refusal is not None:
            return refusal
        arguments = exchanged(self._types, declared, given)
        return await self._run(session, target, method, arguments)

    async def _run(
        self, session: CallingSession, target: NodeData, method: NodeData, arguments: list[ua.Variant]
    ) -> ua.CallMethodResult:
        token = calling_session.set(session)
        try:
            result = await self._run_method(method.call, target.nodeid, *arguments)
            if isinstance(result, ua.CallMethodResult):
                return result
            if isinstance(result, ua.StatusCode):
                return ua.CallMethodResult(StatusCode=result)
            declared = output_arguments(self._aspace, method)
            return ua.CallMethodResult(OutputArguments=as_outputs(result, declared, self._types))
        except REFUSALS as refusal:
            return _refused(refusal.code)
        except Exception:  # noqa: BLE001 - the code of a Method is foreign; its fault is a StatusCode
            _log.exception(
                "method failed", method=method.nodeid.to_string(), object=target.nodeid.to_string()
            )
            return _refused(StatusCodes.BadInternalError)
        finally:
            calling_session.reset(token)

    async def _run_method(self, func: Any, parent: ua.NodeId, *args: Any) -> Any:
        call = getattr(func, "__call__", func)  # noqa: B004 - an object with an async __call__ is one, too
        if inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(call):
            return await func(parent, *args)
        work = partial(contextvars.copy_context().run, func, parent, *args)
        result = await asyncio.get_running_loop().run_in_executor(self._pool, work)
        return await result if inspect.isawaitable(result) else result

    def _callable(self, session: CallingSession, target: NodeData, method: NodeData) -> int:
        if not executable(method):
            return StatusCodes.BadNotExecutable  # to all alike, whatever they may do (Part 4, 5.12.2.4)
        if not session.caller.identity.trusted:
            both = self._rules.permissions(session.caller, target) & self._rules.permissions(
                session.caller, method
            )
            if not both & access.CALL:
                codes = [access.refusal(session.caller, node) for node in (target, method)]
                insufficient = StatusCodes.BadSecurityModeInsufficient
                return insufficient if insufficient in codes else StatusCodes.BadUserAccessDenied
        if not session.caller.identity.trusted and not number(method, AttributeIds.UserExecutable, 1):
            return StatusCodes.BadUserAccessDenied
        return StatusCodes.Good

    def _method_of(self, target: NodeData, method_id: ua.NodeId) -> NodeData | None:
        """The Method if the object has it, itself or from its type; its own goes before its type's."""
        method = self._aspace.get(method_id)
        if method is None or number(method, AttributeIds.NodeClass) != ua.NodeClass.Method:
            return None
        if self._has_component(target, method_id):
            return method
        for above in self._types_of(target):
            if self._has_component(above, method_id):
                return self._own_counterpart(target, method) or method
        return None

    def _own_counterpart(self, target: NodeData, method: NodeData) -> NodeData | None:
        name = self._aspace.read_attribute_value(method.nodeid, AttributeIds.BrowseName).Value
        for reference in target.references:
            if reference.IsForward and name is not None and reference.BrowseName == name.Value:
                found = self._aspace.get(reference.NodeId)
                if found is not None and number(found, AttributeIds.NodeClass) == ua.NodeClass.Method:
                    return found
        return None

    def _has_component(self, node: NodeData, child: ua.NodeId) -> bool:
        return any(
            reference.IsForward
            and reference.NodeId == child
            and self._types.is_subtype(reference.ReferenceTypeId, _HAS_COMPONENT)
            for reference in node.references
        )

    def _types_of(self, target: NodeData) -> list[NodeData]:
        found: list[NodeData] = []
        current: NodeData | None = target
        for _ in range(_MAX_TYPE_DEPTH):
            if current is None:
                break
            current = self._above(current)
            if current is not None:
                found.append(current)
        return found

    def _above(self, node: NodeData) -> NodeData | None:
        for reference in node.references:
            up = reference.ReferenceTypeId == _HAS_TYPE and reference.IsForward
            up = up or (reference.ReferenceTypeId == _HAS_SUBTYPE and not reference.IsForward)
            if up:
                return self._aspace.get(reference.NodeId)
        return None


def _as_named(object_id: ua.NodeId, method_id: ua.NodeId) -> tuple[ua.NodeId, ua.NodeId]:
    return object_id, method_id


def _refused(code: int) -> ua.CallMethodResult:
    return ua.CallMethodResult(StatusCode=bad(code))
