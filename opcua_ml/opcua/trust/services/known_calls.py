"""Calls that come again: checked once until a check may say otherwise, then answered in one pass.

Source: OPC UA Part 4, 5.12.2 (Call).
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from asyncua.server.internal_session import SessionState

from opcua_ml.opcua.hot import RepeatedCall
from opcua_ml.opcua.live import ValueCell
from opcua_ml.opcua.trust.nodes.inline_method import inline_answer

if TYPE_CHECKING:
    from asyncua.server.address_space import AttributeValue, NodeData

    from opcua_ml.opcua.hot import CallOutline, CallRequest
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.nodes.inline_method import InlineAnswer
    from opcua_ml.opcua.trust.sessions.channel import SessionChannel
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_MOST: Final = 64
"""Calls that a connection may have kept."""
_LARGEST: Final = 1024
"""Bytes of a request up to which it is kept."""
_ACTIVATED: Final = SessionState.Activated


class _KnownCall:
    """What was decided on one Call, and what the decision rests on."""

    __slots__ = (
        "answer",
        "arguments",
        "caller",
        "code",
        "counter",
        "declared",
        "epoch",
        "is_cell",
        "method",
        "session",
        "signature",
        "size",
    )

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
        self.size = call.outline.size
        self.arguments = call.arguments
        self.session = session
        self.caller = session.caller
        self.counter = session.counter("Call")
        self.epoch = epoch
        self.method = method
        self.code = method.call
        self.signature: Any = signature
        self.declared = signature.value
        self.is_cell = isinstance(signature, ValueCell)  # whose `value` is a call more
        self.answer = answer


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

    def answer(self, received: bytes) -> tuple[PlantSession, int, bytes] | None:
        """Session, request handle and OutputArguments; None, nothing done, where the ordinary way has to go.

        Args:
            received: with the request at its end.
        """
        outline = self._outlines.get(len(received))
        if outline is None:
            return None
        prefix, handle, audit, key = outline.unpack(received)
        known = self._known.get(key)
        if known is None or known.size != outline.size:
            return None
        arguments = known.arguments(received, prefix, audit)
        if arguments is None:
            return None
        # What a decision rests on: the versions of `_epoch`, then the session, its user and the Method.
        server, session = self._server, known.session
        aspace, limits = server.aspace, server.limits
        version: int = server.rules.version  # type: ignore[attr-defined]
        if (
            version + aspace.access_version + aspace.nodes_version + aspace.types_version != known.epoch
            or session.channel is not self._channel
            or session.state is not _ACTIVATED
            or session.caller is not known.caller
            or known.method.call is not known.code
            or (known.signature.decoded if known.is_cell else known.signature.value) is not known.declared
            # Where as many Calls run as may, the ordinary way refuses.
            or session.running_calls >= limits.max_concurrent_calls_per_session
            or len(server.calls.running) >= limits.max_concurrent_calls
        ):
            return None
        outputs = known.answer(arguments)
        if outputs is None:
            return None
        session.last_activity = monotonic()
        known.counter[0] += 1
        return session, handle, outputs

    def learn(self, session: PlantSession, request: CallRequest, body: bytes, before: int) -> None:
        """Keep what is decided on a Call that was just read, where it can be answered at once.

        Args:
            session: of the request.
            request: as read.
            body: that it was read from.
            before: bytes that come before the body in what `answer` is given.
        """
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
            call = RepeatedCall(body, wanted, before)
        except ValueError:
            return
        if len(self._known) >= _MOST or len(self._outlines) >= _MOST:
            self._known.clear()
            self._outlines.clear()
        self._outlines[call.outline.size] = call.outline
        self._known[call.key] = _KnownCall(
            call, session, epoch, method=method, signature=signature, answer=answer
        )

    def _epoch(self) -> int:
        aspace = self._server.aspace
        version: int = self._server.rules.version  # type: ignore[attr-defined]
        return version + aspace.access_version + aspace.nodes_version + aspace.types_version
