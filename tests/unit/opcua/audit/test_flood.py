"""Strangers can't fill the log, nor hide one another in it; what users do always stands there."""

from __future__ import annotations

from opcua_ml.opcua.audit.flood import FloodGuard
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.opcua.audit.sink import NO_AUDIT, AuditSinks
from tests.unit.opcua.identity.hand_clock import HandClock


class Kept:
    """A sink that keeps."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []

    def record(self, record: AuditRecord) -> None:
        """Keep it."""
        self.records.append(record)


def refusal(address: str) -> AuditRecord:
    """What anybody on the network can cause."""
    return AuditRecord(kind=AuditKind.CERTIFICATE_UNTRUSTED, status=0x801A0000, address=address)


def test_refusals_of_one_address_are_recorded_up_to_a_number_and_then_counted() -> None:
    """A minute later one record tells how many, and recording begins anew."""
    clock, kept = HandClock(), Kept()
    guard = FloodGuard(kept, most_per_address=5, monotonic=clock)
    for _ in range(1000):
        guard.record(refusal("10.0.0.66"))
    assert len(kept.records) == 5
    clock.now = 60.0
    guard.record(refusal("10.0.0.66"))
    assert kept.records[5].message == "995 events before a login were counted, not recorded, in a minute"
    assert kept.records[5].details["addresses"] == {"10.0.0.66": 995}
    assert len(kept.records) == 7


def test_one_guesser_does_not_hide_another() -> None:
    """Each address has its own share."""
    kept = Kept()
    guard = FloodGuard(kept, most_per_address=5, monotonic=HandClock())
    for _ in range(1000):
        guard.record(refusal("10.0.0.66"))
    guard.record(refusal("10.0.0.7"))
    assert kept.records[-1].address == "10.0.0.7"


def test_a_flood_of_one_kind_does_not_hide_another() -> None:
    """Channels that are opened by the thousand leave a failed login of the same address to be seen."""
    kept = Kept()
    guard = FloodGuard(kept, most_per_minute=5, most_per_address=5, monotonic=HandClock())
    for _ in range(1000):
        guard.record(AuditRecord(kind=AuditKind.OPEN_SECURE_CHANNEL, address="10.0.0.66"))
    guard.record(AuditRecord(kind=AuditKind.ACTIVATE_SESSION, status=0x801F0000, address="10.0.0.66"))
    assert [record.kind for record in kept.records][5:] == [AuditKind.ACTIVATE_SESSION]


def test_many_addresses_together_have_a_limit_and_bounded_memory() -> None:
    """What a botnet sends is counted under few names."""
    clock, kept = HandClock(), Kept()
    guard = FloodGuard(kept, most_per_minute=50, monotonic=clock)
    for number in range(10_000):
        guard.record(refusal(f"10.0.{number // 256}.{number % 256}"))
    assert len(kept.records) == 50
    clock.now = 61.0
    guard.record(refusal("x"))
    refused = kept.records[50].details["addresses"]
    assert isinstance(refused, dict)
    assert refused["other addresses"] == 10_000 - 50 - 100


def test_what_users_do_always_passes() -> None:
    """Logins, writes and calls, done or refused; sessions of nobody are counted with the refusals."""
    kept = Kept()
    guard = FloodGuard(kept, most_per_minute=0, monotonic=HandClock())
    passing = [
        AuditRecord(kind=AuditKind.ACTIVATE_SESSION, user="anna"),
        AuditRecord(kind=AuditKind.WRITE_UPDATE, status=0x801F0000),
        AuditRecord(kind=AuditKind.UPDATE_METHOD, status=0x801F0000),
    ]
    for record in passing:
        guard.record(record)
    guard.record(refusal("x"))
    guard.record(AuditRecord(kind=AuditKind.CREATE_SESSION))
    assert kept.records == passing


def test_several_sinks_get_every_record() -> None:
    """The log and the events; without sinks nothing happens."""
    first, second = Kept(), Kept()
    AuditSinks([first, second]).record(refusal("x"))
    NO_AUDIT.record(refusal("x"))
    assert len(first.records) == len(second.records) == 1
