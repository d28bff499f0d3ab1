"""What one server gives away at most; every number is enforced, and advertised where the standard has a node.

Source: OPC UA Part 5, 6.3.2 (ServerCapabilitiesType) and 6.3.11 (OperationLimitsType), Part 6, 7.1.2 (Hello).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

_MAY_BE_ZERO = frozenset({"min_sampling_interval_ms", "shutdown_notice_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The caps of a `PlantServer`. Times ending in `_ms` are milliseconds, in `_s` seconds; sizes are bytes.

    Raises:
        ValueError: a limit is zero or negative, or a lower bound is above its upper bound.
    """

    # Connections
    max_connections: int = 1_000
    max_connections_per_address: int = 500
    handshake_timeout_s: float = 10.0
    """From the accepted connection to an open secure channel."""
    activation_timeout_s: float = 30.0
    """From accepting a connection to its first activated session; and for a session to be activated."""
    min_channel_lifetime_ms: int = 10_000
    max_channel_lifetime_ms: int = 3_600_000
    slow_reader_timeout_s: float = 15.0
    """How long a client may leave our answers unread before it is let go."""
    max_send_backlog: int = 32 * 1024 * 1024
    max_queued_requests: int = 100
    """Requests of one connection waiting for their turn; past it the socket is not read."""
    max_queued_bytes: int = 1024 * 1024
    """The same in bytes, and for who has not logged in yet."""
    max_queued_bytes_before_activation: int = 128 * 1024

    # Messages
    receive_buffer_size: int = 65_535
    send_buffer_size: int = 65_535
    max_message_size: int = 16 * 1024 * 1024
    max_incomplete_bytes_per_address: int = 64 * 1024 * 1024
    """Chunks of messages whose final chunk has not come, of all connections of one address."""
    max_incomplete_bytes: int = 256 * 1024 * 1024

    # Decoding
    max_array_length: int = 1_000_000
    max_string_length: int = 1024 * 1024
    max_byte_string_length: int = 16 * 1024 * 1024
    max_nesting: int = 100
    """Structures, Variants and the like inside one another (Part 6, 5.1.5 asks for 100)."""

    # Sessions
    max_sessions: int = 500
    min_session_timeout_ms: int = 10_000
    max_session_timeout_ms: int = 3_600_000
    max_browse_continuation_points: int = 20
    max_history_continuation_points: int = 100
    """Unfinished HistoryReads of one session; one more makes its oldest go."""
    history_continuation_point_s: float = 600.0
    """For which an unfinished HistoryRead is kept."""
    max_concurrent_calls_per_session: int = 100
    max_concurrent_calls: int = 1_000

    # Operations per request
    max_nodes_per_read: int = 1_000
    max_nodes_per_write: int = 1_000
    max_nodes_per_method_call: int = 1_000
    max_nodes_per_browse: int = 100
    max_nodes_per_register: int = 1_000
    max_nodes_per_translate: int = 100
    max_nodes_per_node_management: int = 1_000
    max_monitored_items_per_call: int = 1_000
    max_nodes_per_history_read: int = 100
    max_nodes_per_history_update: int = 100
    max_history_reads_per_second: float = 200.0
    """Nodes of all HistoryRead requests of one owner."""
    max_condition_refreshes_per_second: float = 2.0
    """Calls of ConditionRefresh and ConditionRefresh2 by one owner."""
    max_references_per_node: int = 1_000
    """References of one Browse result before a continuation point is given."""

    # Subscriptions
    max_subscriptions: int = 1_000
    max_subscriptions_per_session: int = 50
    max_subscriptions_per_owner: int = 200
    """Of one user (or one anonymous address), those without a session included."""
    max_monitored_items: int = 200_000
    max_monitored_items_per_subscription: int = 20_000
    max_monitored_items_per_owner: int = 100_000
    max_monitored_items_per_session_and_node: int = 50
    max_monitored_items_per_owner_and_node: int = 500
    """Of one owner on one and the same node: what one change of it costs at most for that owner."""
    max_queue_size: int = 10_000
    max_queued_notifications_per_owner: int = 1_000_000
    """Sum of the queue sizes granted to one owner's monitored items."""
    min_publishing_interval_ms: float = 10.0
    max_publishing_interval_ms: float = 3_600_000.0
    min_sampling_interval_ms: float = 0.0
    """0: a change is reported when it happens."""
    min_polling_interval_ms: float = 100.0
    """For values that are computed when read and therefore have to be polled."""
    max_sampling_interval_ms: float = 3_600_000.0
    max_keep_alive_count: int = 10_000
    max_subscription_lifetime_ms: float = 3_600_000.0
    max_notifications_per_publish: int = 1_000
    max_retransmission_messages: int = 100
    """Notification messages kept per subscription until they are acknowledged."""
    max_retransmission_notifications: int = 5_000
    """Notifications in the messages kept per subscription; the latest message is kept anyway."""
    max_triggering_links: int = 1_000
    """Of one triggering item."""
    max_triggering_links_per_subscription: int = 5_000
    max_filter_elements: int = 100
    max_select_clauses: int = 200
    max_filter_weight: int = 2_000
    """Of one event filter: its clauses and operands, and one for each 64 characters in them."""
    max_filter_weight_per_owner: int = 50_000
    """Of all event filters of one owner: what an event costs at most for that owner."""

    # Closing
    shutdown_notice_s: float = 0.0
    """How long clients are told of the end before it comes, unless all go sooner."""
    call_deadline_s: float = 10.0
    """How long stop() waits for methods that are still running."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            lowest = 0 if field.name in _MAY_BE_ZERO else 1e-9
            if not value >= lowest:
                raise ValueError(f"Limits.{field.name} is {value}; wanted a number above zero")
        for name in (
            "channel_lifetime_ms",
            "session_timeout_ms",
            "publishing_interval_ms",
            "sampling_interval_ms",
        ):
            lower, upper = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if lower > upper:
                raise ValueError(f"Limits.min_{name} is {lower}, above max_{name} {upper}")
        for name in ("receive_buffer_size", "send_buffer_size"):
            if getattr(self, name) < 8192:
                raise ValueError(
                    f"Limits.{name} is {getattr(self, name)}; Part 6, 7.1.2.3 wants 8192 or more"
                )

    @property
    def shortest_limit(self) -> int:
        """Bytes of a message up to which nothing inside it can pass a limit of decoding but the nesting."""
        return min(self.max_array_length, self.max_string_length, self.max_byte_string_length)

    @property
    def max_chunk_count(self) -> int:
        """Chunks of one message, from the message size and the smallest useful chunk of a full buffer."""
        return -(-self.max_message_size // (self.receive_buffer_size - 1024)) + 1
