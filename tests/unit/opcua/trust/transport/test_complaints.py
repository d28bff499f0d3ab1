"""A stranger does not write our log."""

from __future__ import annotations

from structlog.testing import capture_logs

from opcua_ml.opcua.trust.transport.complaints import Complaints


def test_a_reason_is_told_once_in_ten_seconds_of_an_address() -> None:
    """The next line tells how many were passed over; other addresses have their own."""
    complaints = Complaints()
    with capture_logs() as lines:
        for second in range(25):
            complaints.tell("10.0.0.1", "BadTcpMessageTypeInvalid", "no chunk", now=float(second))
        complaints.tell("10.0.0.2", "BadTimeout", "no channel", now=24.0)
    assert [(line["address"], line.get("more_before", 0)) for line in lines] == [
        ("10.0.0.1", 0),
        ("10.0.0.1", 9),
        ("10.0.0.1", 9),
        ("10.0.0.2", 0),
    ]


def test_another_reason_is_told_at_once() -> None:
    """Whoever sets up a client has to see why it is refused, whatever else comes from its address."""
    complaints = Complaints()
    with capture_logs() as lines:
        for why in ("not trusted: A", "not trusted: A", "not trusted: B", "expired: A", "not trusted: B"):
            complaints.tell("10.0.0.1", "BadSecurityChecksFailed", why, now=0.0)
    assert [line["why"] for line in lines] == ["not trusted: A", "not trusted: B", "expired: A"]


def test_a_stranger_with_ever_new_reasons_fills_no_log() -> None:
    """Eight lines in ten seconds, then a count."""
    complaints = Complaints()
    with capture_logs() as lines:
        for number in range(1_000):
            complaints.tell("10.0.0.1", "BadSecurityChecksFailed", f"not trusted: {number}", now=0.0)
        complaints.tell("10.0.0.1", "BadTimeout", "no channel", now=10.0)
    assert len(lines) == 9
    assert lines[-1]["more_before"] == 992


def test_many_addresses_do_not_fill_the_memory() -> None:
    """Past a thousand addresses all are forgotten and begin anew."""
    complaints = Complaints()
    with capture_logs() as lines:
        for number in range(2_500):
            complaints.tell(f"10.0.{number // 250}.{number % 250}", "BadTimeout", "", now=0.0)
    assert len(lines) == 2_500
