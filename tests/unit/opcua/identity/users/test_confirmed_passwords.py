"""A right password is remembered for a bounded time, and never in a form that is of use elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.users import confirmed_passwords
from opcua_ml.opcua.identity.users.confirmed_passwords import LONGEST_S, ConfirmedPasswords
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import pytest


def in_virtual_time(story: Coroutine[object, object, None]) -> None:
    """Run it where waiting takes no time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(story)


def test_a_password_is_known_until_its_time_is_over_however_often_it_is_used() -> None:
    """Fifteen minutes from the run of argon2, to the second."""

    async def story() -> None:
        confirmed = ConfirmedPasswords()
        mark = confirmed.fingerprint(b"anna", b"right")
        confirmed.remember("anna", mark)
        for _ in range(int(LONGEST_S / 60) - 1):
            await asyncio.sleep(60)
            assert confirmed.knows("anna", mark)
        await asyncio.sleep(59)
        assert confirmed.knows("anna", mark)
        await asyncio.sleep(1)
        assert not confirmed.knows("anna", mark)

    in_virtual_time(story())


def test_what_is_over_leaves_the_memory_though_nobody_logs_in() -> None:
    """A dump of the memory has no more of it."""

    async def story() -> None:
        confirmed = ConfirmedPasswords(60)
        for number in range(3):
            confirmed.remember(f"user{number}", confirmed.fingerprint(b"%d" % number))
            await asyncio.sleep(20)
        assert [len(confirmed), await asyncio.sleep(10, len(confirmed))] == [2, 2]
        await asyncio.sleep(40)
        assert len(confirmed) == 0
        confirmed.remember("anna", confirmed.fingerprint(b"anna"))
        await asyncio.sleep(61)
        assert len(confirmed) == 0

    in_virtual_time(story())


def test_only_the_same_password_of_the_same_user_and_hash_is_known() -> None:
    """Neither another one's nor one whose parts are cut elsewhere."""

    async def story() -> None:
        confirmed = ConfirmedPasswords()
        confirmed.remember("anna", confirmed.fingerprint(b"anna", b"hash", b"password"))
        for parts in (
            (b"anna", b"hash", b"Password"),
            (b"anna", b"other", b"password"),
            (b"bert", b"hash", b"password"),
            (b"annahash", b"", b"password"),
            (b"anna", b"hashpassword", b""),
        ):
            assert not confirmed.knows("anna", confirmed.fingerprint(*parts))
            assert not confirmed.knows("bert", confirmed.fingerprint(*parts))
        assert confirmed.knows("anna", confirmed.fingerprint(b"anna", b"hash", b"password"))

    in_virtual_time(story())


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_fingerprints_are_equal_exactly_where_all_parts_are(one: list[bytes], other: list[bytes]) -> None:
    """And another process has others."""
    confirmed = ConfirmedPasswords()
    same = confirmed.fingerprint(*one) == confirmed.fingerprint(*other)
    assert same is (one == other)
    assert ConfirmedPasswords().fingerprint(*one) != confirmed.fingerprint(*one)


def test_forgetting_and_a_lifetime_of_nothing_leave_nothing() -> None:
    """Both are the same to who asks."""

    async def story() -> None:
        for confirmed in (ConfirmedPasswords(), ConfirmedPasswords(0)):
            mark = confirmed.fingerprint(b"anna")
            confirmed.remember("anna", mark)
            confirmed.forget()
            assert not confirmed.knows("anna", mark)
        off = ConfirmedPasswords(0)
        off.remember("anna", off.fingerprint(b"anna"))
        assert len(off) == 0

    in_virtual_time(story())


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(confirmed_passwords, "MOST_USERS", 3)

    async def story() -> None:
        confirmed = ConfirmedPasswords()
        marks = {f"user{number}": confirmed.fingerprint(b"%d" % number) for number in range(5)}
        for name, mark in marks.items():
            confirmed.remember(name, mark)
        assert [confirmed.knows(name, mark) for name, mark in marks.items()] == [False] * 2 + [True] * 3

    in_virtual_time(story())
