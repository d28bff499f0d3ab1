"""Messages are numbered without gaps and kept within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.trust.subscriptions.sent_messages import SentMessages

STEPS = st.lists(st.integers(1, 30) | st.sampled_from(["acknowledge", "unknown", "too large"]), max_size=60)


@given(STEPS, st.integers(1, 5), st.integers(1, 60))
def test_kept_messages_are_the_latest_that_fit(
    steps: list[int | str], most: int, most_notifications: int
) -> None:
    """Never more messages or notifications than allowed, but for the latest; numbers have no gap."""
    sent = SentMessages(most, most_notifications)
    model: dict[int, int] = {}
    number = 1
    for step in steps:
        if step == "acknowledge":
            oldest = next(iter(model), None)
            assert sent.acknowledge(oldest or 0) is (oldest is not None)
            model.pop(oldest or 0, None)
        elif step == "unknown":
            assert not sent.acknowledge(999_999)
        elif step == "too large":
            message = sent.numbered([b"huge"])
            assert message.sequence_number == number == sent.next_number
        else:
            assert isinstance(step, int)
            message = sent.numbered([b"one"] * step)
            assert message.sequence_number == number
            sent.keep(message, step)
            model[number] = step
            number += 1
            while len(model) > most or (sum(model.values()) > most_notifications and len(model) > 1):
                del model[next(iter(model))]
            assert sent.get(message.sequence_number) is message
        assert sent.available == list(model)
        assert sent.notifications == sum(model.values())
        assert sent.next_number == number


def test_a_message_that_did_not_leave_frees_its_number() -> None:
    """The client would take a gap for a loss."""
    sent = SentMessages(10, 100)
    message = sent.numbered([b"a"])
    sent.keep(message, 1)
    sent.take_back(message)
    assert (sent.available, sent.next_number, sent.notifications) == ([], 1, 0)


def test_numbers_wrap_to_one() -> None:
    """Part 4, 7.26: after 4294967295 comes 1; 0 is never used."""
    sent = SentMessages(10, 100)
    sent.next_number = 0xFFFF_FFFF
    last, first = sent.numbered([b"a"]), None
    sent.keep(last, 1)
    first = sent.numbered([b"b"])
    assert (last.sequence_number, first.sequence_number) == (0xFFFF_FFFF, 1)


def test_a_receiver_that_never_asks_again_costs_nothing() -> None:
    """The server's own code has no Republish."""
    sent = SentMessages(0, 100)
    for _ in range(5):
        sent.keep(sent.numbered([b"a"]), 1)
    assert (sent.available, sent.notifications, sent.next_number) == ([], 0, 6)
