"""Calls that come again: checked once until a check may say otherwise, then answered in one pass.

Source: OPC UA Part 4, 5.12.2 (Call).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua.server.internal_session import SessionState
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.hot import RepeatedCall, encode_answered_call, filetime_now
from opcua_ml.opcua.trust.nodes.inline_method import inline_answer

if TYPE_CHECKING:
    from asyncua.server.address_space import AttributeValue, NodeData

    from opcua_ml.opcua.hot import CallOutline, CallRequest
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.nodes.inline_method import InlineAnswer
    from opcua_ml.opcua.trust.sessions.channel import SessionChannel
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_GOOD: Final = int(StatusCodes.Good)
_MOST: Final = 64
"""Calls that a connection may have kept."""
_LARGEST: Final = 1024
"""Bytes of a request up to which it is kept."""


class _KnownCall:
    """What was decided on one Call, and what the decision rests on."""

    __slots__ = ("answer", "call", "caller", "code", "epoch", "method", "session", "signature")

    def __init__(
        self,
        call: RepeatedCall,
        session: PlantSession,
        epoch: int,
        *,
        method: NodeData,
        signature: AttributeValue,
        answer: InlineAnswer,
    ) -> None:
        self.call = call
        self.session = session
        self.caller = session.caller
        self.epoch = epoch
        self.method = method
        self.code = method.call
        self.signature = (signature, signature.value)
        self.answer = answer

    def holds(self, channel: SessionChannel) -> bool:
        """Whether the session, its user and the Method are what they were."""
        session = self.session
        held, declared = self.signature
        return (
            session.channel is channel
            and session.state is SessionState.Activated
            and session.caller is self.caller
            and self.method.call is self.code
            and held.value is declared
        )


class KnownCalls:
    """The Calls that one connection repeats, of Methods that answer at once.

    Rights, the Method's place and its arguments are looked at when a Call is learnt and again whenever one of
    them may have changed. Only rules with a `version` let that be known.

    Args:
        server: whose Methods are called.
        channel: by which sessions have to be bound.
    """

    def __init__(self, server: PlantInternalServer, channel: SessionChannel) -> None:
        self._server = server
        self._channel = channel
        self._outlines: dict[int, CallOutline] = {}
        self._known: dict[bytes, _KnownCall] = {}

    def knows(self, size: int) -> bool:
        """Whether a request of so many bytes may be known."""
        return size in self._outlines

    def answer(
        self, received: bytes | memoryview, start: int, size: int
    ) -> tuple[PlantSession, int, bytes] | None:
        """Session, request handle and response; None, and nothing done, where the ordinary way has to go.

        Args:
            received: with the request.
            start: where its type begins.
            size: bytes from there to its end.
        """
        outline = self._outlines.get(size)
        if outline is None:
            return None
        parts = outline.unpack(received, start)
        known = self._known.get(parts[-1])
        if known is None or known.call.size != size:
            return None
        arguments = known.call.arguments(received, start, parts)
        session = known.session
        if (
            arguments is None
            or self._epoch() != known.epoch
            or not known.holds(self._channel)
            or self._busy(session)
        ):
            return None
        outputs = known.answer(arguments)
        if outputs is None:
            return None
        session.touch()
        session.count("Call", _GOOD)
        handle: int = parts[2]
        return session, handle, encode_answered_call(handle, filetime_now(), outputs)

    def learn(self, session: PlantSession, request: CallRequest, body: bytes) -> None:
        """Keep what is decided on a Call that was just read, where it can be answered at once."""
        server = self._server
        if len(request.methods) != 1 or len(body) > _LARGEST or not hasattr(server.rules, "version"):
            return
        (wanted,) = request.methods
        method = server.aspace.get(wanted.method_id)
        answer = inline_answer(method.call) if method is not None else None
        if method is None or answer is None:
            return
        epoch = self._epoch()
        given = wanted.variants()
        signature = server.method_service.settled(session, wanted.object_id, wanted.method_id, given or [])
        if signature is None:
            return
        try:
            call = RepeatedCall(body, wanted)
        except ValueError:
            return
        if len(self._known) >= _MOST or len(self._outlines) >= _MOST:
            self._known.clear()
            self._outlines.clear()
        self._outlines[call.size] = call.outline
        self._known[call.key] = _KnownCall(
            call, session, epoch, method=method, signature=signature, answer=answer
        )

    def _epoch(self) -> int:
        aspace = self._server.aspace
        version: int = self._server.rules.version  # type: ignore[attr-defined]
        return version + aspace.access_version + aspace.nodes_version + aspace.types_version

    def _busy(self, session: PlantSession) -> bool:
        """Whether as many Calls run as may; the ordinary way refuses then."""
        limits = self._server.limits
        return (
            session.running_calls >= limits.max_concurrent_calls_per_session
            or len(self._server.calls) >= limits.max_concurrent_calls
        )
