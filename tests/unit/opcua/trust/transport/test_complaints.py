"""A stranger does not write our log."""

from __future__ import annotations

from structlog.testing import capture_logs

from opcua_ml.opcua.trust.transport.complaints import Complaints


def test_an_address_is_complained_about_once_in_ten_seconds() -> None:
    """The next line tells how many were passed over; other addresses have their own."""
    complaints = Complaints()
    with capture_logs() as lines:
        for second in range(25):
            complaints.tell("10.0.0.1", "BadTcpMessageTypeInvalid", "", now=float(second))
        complaints.tell("10.0.0.2", "BadTimeout", "", now=24.0)
    assert [(line["address"], line["untold"]) for line in lines] == [
        ("10.0.0.1", 0),
        ("10.0.0.1", 9),
        ("10.0.0.1", 9),
        ("10.0.0.2", 0),
    ]


def test_many_addresses_do_not_fill_the_memory() -> None:
    """Past a thousand addresses all are forgotten and begin anew."""
    complaints = Complaints()
    with capture_logs() as lines:
        for number in range(2_500):
            complaints.tell(f"10.0.{number // 250}.{number % 250}", "BadTimeout", "", now=0.0)
    assert len(lines) == 2_500
