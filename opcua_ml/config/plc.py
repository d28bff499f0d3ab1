"""The sections `plcs.<name>`."""

from typing import Annotated, Self

from pydantic import Field, Strict, StringConstraints, model_validator

from opcua_ml.config.endpoint import ClientEndpoint
from opcua_ml.config.section import FilePath, Milliseconds, Section, Sha256, refusal
from opcua_ml.config.server import SecurityMode, SecurityPolicy
from opcua_ml.config.tag import Node, NodeAddress, split_node


class HeartbeatSection(Section):
    """Signs of life between us and a PLC's program."""

    write: Node | None = None
    """Tag that we count up, so that the PLC's program sees that we live."""
    period_ms: Milliseconds = 1000
    """How often we count it up."""
    read: Node | None = None
    """Tag that the PLC's program keeps changing."""
    timeout_ms: Milliseconds = 5000
    """Longest time without a change of `read`; after it the PLC's tags count as Bad."""

    @model_validator(mode="after")
    def _has_a_tag(self) -> Self:
        if self.write is None and self.read is None:
            raise refusal("the heartbeat has no tag", wanted="write, read or both")
        if self.write == self.read:
            raise refusal("the heartbeat that we write is the one that we read", wanted="a tag each")
        return self


class PlcSection(Section):
    """One PLC, or any other OPC UA server, whose tags feed models or take their results."""

    endpoint: ClientEndpoint
    """Where the PLC listens, such as `opc.tcp://192.168.0.10:4840`."""
    namespace_uri: Annotated[str, StringConstraints(min_length=1, pattern=r"^\S+$")] | None = None
    """Namespace of those tags that name none."""

    publishing_interval_ms: Milliseconds = 100
    """How often the PLC sends what changed."""
    sampling_interval_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    """How often the PLC looks at its tags; 0 for as fast as it can; by default the publishing interval."""
    queue_size: Annotated[int, Field(ge=1, le=100_000)] = 10
    """QueueSize of each MonitoredItem: changes that the PLC keeps per tag between two publishes; of more it
    drops the oldest."""
    keep_alive_ms: Milliseconds = 2000
    """Longest silence of the PLC; after it the connection counts as lost."""
    request_timeout_ms: Milliseconds = 4000
    """Longest wait for one answer."""
    session_timeout_ms: Annotated[int, Field(ge=1000, le=86_400_000)] = 60_000
    """How long the PLC keeps our session while we are away."""
    reconnect_min_ms: Milliseconds = 250
    """Pause before the first new attempt to connect; it doubles, with jitter, at each further one."""
    reconnect_max_ms: Milliseconds = 2000
    """Longest pause between two attempts; attempts never end."""

    security_policy: Annotated[SecurityPolicy, Strict(strict=False)] = SecurityPolicy.BASIC256SHA256
    """`None` only where it is written here."""
    security_mode: Annotated[SecurityMode, Strict(strict=False)] = SecurityMode.SIGN_AND_ENCRYPT
    """Has no place beside the security policy `None`."""
    pki: FilePath | None = None
    """Folder of our client certificate and of trusted servers; by default that of `server.security`."""
    server_certificate_sha256: Sha256 | None = None
    """SHA-256 of the PLC's certificate (DER); with it no other certificate is accepted."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """User to log in with; anonymous without it."""
    password_file: FilePath | None = None
    """File whose content, without the line's end, is the password; no password stands in this file."""
    password_env: Annotated[str, Field(min_length=1)] | None = None
    """Environment variable that holds the password, in place of a file."""
    heartbeat: HeartbeatSection | None = None
    correct_clock: bool = False
    """Whether how far the PLC's clock is off, as measured by its CurrentTime, is taken off the times of its
    tags: for inputs from PLCs whose clocks differ."""

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        passwords = [given for given in (self.password_file, self.password_env) if given is not None]
        if self.username is not None and len(passwords) != 1:
            raise refusal("a user needs one password", wanted="either password_file or password_env")
        if self.username is None and passwords:
            raise refusal("a password without a user", wanted="username beside it")
        return self

    @model_validator(mode="after")
    def _is_secured_as_it_says(self) -> Self:
        if self.security_policy is SecurityPolicy.NONE:
            for key in sorted(self.model_fields_set & {"security_mode", "server_certificate_sha256", "pki"}):
                raise refusal(
                    f'{key} has no effect with the security policy "None"', wanted="only one of the two"
                )
        return self

    @model_validator(mode="after")
    def _has_times_that_fit(self) -> Self:
        if self.reconnect_max_ms < self.reconnect_min_ms:
            raise refusal(
                f"reconnect_max_ms ({self.reconnect_max_ms}) is less than reconnect_min_ms",
                wanted=f"at least {self.reconnect_min_ms}",
            )
        if self.keep_alive_ms < 2 * self.publishing_interval_ms:
            raise refusal(
                f"keep_alive_ms ({self.keep_alive_ms}) is less than two publishing intervals",
                wanted=f"at least {2 * self.publishing_interval_ms}",
            )
        return self

    def address(self, node: str) -> NodeAddress:
        """The node's address with its namespace.

        Raises:
            ValueError: neither the node nor this PLC names a namespace; a loaded configuration has none such.
        """
        uri, identifier = split_node(node)
        uri = self.namespace_uri if uri is None else uri
        if uri is None:
            raise ValueError(f"{node} has no namespace")
        return NodeAddress(uri, identifier)
