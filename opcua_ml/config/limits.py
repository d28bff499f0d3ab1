"""The section `server.limits`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from opcua_ml.config.section import Section, refusal

Count = Annotated[int, Field(ge=1, le=10_000_000)]
_PARTS = (
    ("max_connections_per_address", "max_connections"),
    ("max_subscriptions_per_session", "max_subscriptions_per_owner"),
    ("max_subscriptions_per_owner", "max_subscriptions"),
    ("max_monitored_items_per_subscription", "max_monitored_items_per_owner"),
    ("max_monitored_items_per_owner", "max_monitored_items"),
    ("max_concurrent_calls_per_session", "max_concurrent_calls"),
)


class LimitsSection(Section):
    """What clients may take at most; an owner is a user, or the address of clients without one."""

    max_connections: Count = 1_000
    """Connections at a time."""
    max_connections_per_address: Count = 500
    """Of them, from one address."""
    max_sessions: Count = 500
    """Sessions at a time."""
    max_session_timeout_ms: Annotated[int, Field(ge=10_000, le=86_400_000)] = 3_600_000
    """Longest time for which a session may be without a request before it ends."""
    max_message_size: Annotated[int, Field(ge=8192, le=1 << 30)] = 16 * 1024 * 1024
    """Bytes of one request."""
    max_array_length: Count = 1_000_000
    """Members of one array in a request."""
    max_string_length: Annotated[int, Field(ge=1024, le=1 << 30)] = 1024 * 1024
    """Bytes of one text in a request."""
    max_byte_string_length: Annotated[int, Field(ge=8192, le=1 << 30)] = 16 * 1024 * 1024
    """Bytes of one ByteString in a request."""
    max_nodes_per_read: Count = 1_000
    """Values of one Read."""
    max_nodes_per_write: Count = 1_000
    """Values of one Write."""
    max_nodes_per_method_call: Count = 1_000
    """Methods of one Call."""
    max_nodes_per_browse: Count = 100
    """Nodes of one Browse."""
    max_nodes_per_history_read: Count = 100
    """Nodes of one HistoryRead."""
    max_history_reads_per_second: Annotated[float, Field(ge=1, le=1_000_000)] = 200.0
    """Nodes of all HistoryReads of one owner in a second."""
    max_monitored_items_per_call: Count = 1_000
    """Monitored items of one request."""
    max_concurrent_calls: Count = 1_000
    """Calls that run at a time."""
    max_concurrent_calls_per_session: Count = 100
    """Of them, of one session."""
    max_subscriptions: Count = 1_000
    """Subscriptions at a time."""
    max_subscriptions_per_owner: Count = 200
    """Of them, of one owner, those of closed sessions included."""
    max_subscriptions_per_session: Count = 50
    """Of them, of one session."""
    max_monitored_items: Count = 200_000
    """Monitored items at a time."""
    max_monitored_items_per_owner: Count = 100_000
    """Of them, of one owner."""
    max_monitored_items_per_subscription: Count = 20_000
    """Of them, of one subscription."""
    max_queue_size: Count = 10_000
    """Notifications that one monitored item keeps."""
    max_queued_notifications_per_owner: Count = 1_000_000
    """Queue sizes of all monitored items of one owner in sum."""
    min_publishing_interval_ms: Annotated[float, Field(ge=1, le=60_000)] = 10.0
    """Shortest publishing interval; at least as many ms as the owner has subscriptions."""
    min_sampling_interval_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0
    """Shortest sampling interval; 0 reports a change when it happens."""
    slow_reader_timeout_s: Annotated[float, Field(ge=1, le=3600)] = 15.0
    """How long a client may leave our answers unread before its connection is closed."""
    shutdown_notice_s: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """How long clients are told of the service's end before it comes, unless all go sooner."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """A part above its whole is wrong where the file says so; a default is cut to what is there."""
        for part, whole in _PARTS:
            if part in self.model_fields_set and getattr(self, part) > getattr(self, whole):
                raise refusal(f"{part} is above {whole}", wanted=f"at most {getattr(self, whole)}")
        return self

    def effective(self) -> dict[str, float]:
        """By key what is enforced: where a whole is below the default of its part, the part is as small."""
        found: dict[str, float] = self.model_dump()
        for part, whole in reversed(_PARTS):
            found[part] = min(found[part], found[whole])
        return found
