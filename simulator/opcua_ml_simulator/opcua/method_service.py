"""Method calls as Part 4, 5.12.2 wants them answered; asyncua 2.1 answers BadUnexpectedError or runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace, MethodService
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from opcua_ml_simulator.opcua.limits import ServerLimits


@dataclass(frozen=True, slots=True)
class MethodArgument:
    """An input or output argument; all are scalars.

    Attributes:
        name: as shown.
        type: its built-in type.
        description: meaning, unit and range in words.
    """

    name: str
    type: ua.VariantType
    description: str


@dataclass(frozen=True, slots=True)
class PlcMethod:
    """A method of the simulator.

    Attributes:
        parent: path of its object, like ``Simulation``.
        name: its browse name.
        description: what it does.
        handler: called with the input values, gives the output values; raises ``MethodRefusedError``.
        inputs: input arguments.
        outputs: output arguments.
    """

    parent: str
    name: str
    description: str
    handler: Callable[..., Awaitable[Sequence[Any]]]
    inputs: tuple[MethodArgument, ...] = ()
    outputs: tuple[MethodArgument, ...] = ()

    @property
    def path(self) -> str:
        """``Object.Method``, the string identifier of its NodeId."""
        return f"{self.parent}.{self.name}"


class MethodRefusedError(Exception):
    """A handler's answer to a call it can't carry out.

    Attributes:
        status: StatusCode of the call, or of the argument where one is named.
        argument: index of the argument that is wrong, or None.
    """

    def __init__(self, status: int, argument: int | None = None) -> None:
        super().__init__(f"method refused with {status:#010x}")
        self.status = status
        self.argument = argument


@dataclass(slots=True)
class _Registered:
    method: PlcMethod
    object_id: ua.NodeId = field(default_factory=ua.NodeId)


class PlcMethodService(MethodService):
    """Checks object, argument count and types before a handler runs; other methods stay asyncua's."""

    def __init__(self, aspace: AddressSpace, limits: ServerLimits) -> None:
        super().__init__(aspace)
        self._limits = limits
        self._methods: dict[ua.NodeId, _Registered] = {}

    def register(self, object_id: ua.NodeId, method_id: ua.NodeId, method: PlcMethod) -> None:
        """Answer calls of ``method_id`` on ``object_id`` from now on."""
        self._methods[method_id] = _Registered(method, object_id)

    async def call(self, methods: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """One result per call, in order."""
        self._limits.check_operations(len(methods))
        results = []
        for request in methods:
            registered = self._methods.get(request.MethodId)
            if registered is None:
                results += await super().call([request])
            else:
                results.append(await self._answer(registered, request))
        return results

    async def _answer(self, registered: _Registered, request: ua.CallMethodRequest) -> ua.CallMethodResult:
        given = request.InputArguments or []
        mismatch = self._mismatch(registered, request.ObjectId, len(given))
        if mismatch is not None:
            return _result(mismatch)
        method = registered.method
        checks = [_fits(variant, wanted) for variant, wanted in zip(given, method.inputs, strict=True)]
        if not all(checks):
            return _invalid([0 if fits else StatusCodes.BadTypeMismatch for fits in checks])
        try:
            outputs = await method.handler(*(variant.Value for variant in given))
        except MethodRefusedError as refusal:
            if refusal.argument is None:
                return _result(refusal.status)
            return _invalid([refusal.status if i == refusal.argument else 0 for i in range(len(given))])
        result = _result(StatusCodes.Good)
        result.InputArgumentResults = [ua.StatusCode() for _ in given]
        result.OutputArguments = [
            ua.Variant(value, out.type) for value, out in zip(outputs, method.outputs, strict=True)
        ]
        return result

    def _mismatch(self, registered: _Registered, object_id: ua.NodeId, given: int) -> int | None:
        """StatusCode of a call on the wrong object or with the wrong number of arguments."""
        wanted = len(registered.method.inputs)
        if object_id not in self._aspace:
            return StatusCodes.BadNodeIdUnknown
        if object_id != registered.object_id:
            return StatusCodes.BadMethodInvalid
        if given < wanted:
            return StatusCodes.BadArgumentsMissing
        return StatusCodes.BadTooManyArguments if given > wanted else None


def _fits(variant: ua.Variant, wanted: MethodArgument) -> bool:
    return variant.VariantType == wanted.type and not variant.is_array and variant.Value is not None


def _result(status: int) -> ua.CallMethodResult:
    return ua.CallMethodResult(StatusCode=ua.StatusCode(ua.UInt32(status)))


def _invalid(arguments: list[int]) -> ua.CallMethodResult:
    result = _result(StatusCodes.BadInvalidArgument)
    result.InputArgumentResults = [ua.StatusCode(ua.UInt32(status)) for status in arguments]
    return result
