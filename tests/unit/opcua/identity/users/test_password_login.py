"""Right and wrong passwords: one answer, one amount of work, and no more at once than the machine bears."""

from __future__ import annotations

import asyncio
import random
import statistics
import threading
import time
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.identity.users import password_check
from opcua_ml.opcua.identity.users.login_throttle import LoginThrottle, ThrottleRule
from opcua_ml.opcua.identity.users.password_check import PasswordChecks, TooManyChecks
from opcua_ml.opcua.identity.users.password_login import PasswordLogin
from opcua_ml.opcua.identity.users.token_rejected import TokenRejected
from opcua_ml.opcua.identity.users.user_token_policies import token_security
from opcua_ml.opcua.identity.users.users import Users
from opcua_ml.opcua.trust.access.authentication import Login, Peer
from tests.unit.opcua.identity.authority import key
from tests.unit.opcua.identity.hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KEY = key(40)
NONCE = bytes(range(32))
SECURITY = token_security("http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256")
PATIENT = ThrottleRule(free_failures=10**9, first_pause=0.0, longest_pause=0.0, forget_after=1.0)
# Cheaper than real ones, so that ten thousand logins take seconds and the work beside the hash shows too.
CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


def patient_login(folder: Path) -> PasswordLogin:
    """Logins of anna, whom nothing slows down."""
    file = folder / "users.toml"
    file.write_text(f'[users.anna]\nroles = ["Operator"]\npassword = "{CHEAP.hash("right")}"\n')
    users = Users(file)
    assert users.named("anna") is not None
    return PasswordLogin(users, LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)


@pytest.fixture
async def passwords(tmp_path: Path) -> AsyncIterator[PasswordLogin]:
    """The same, closed afterwards."""
    login = patient_login(tmp_path)
    yield login
    await login.close()


def attempt(name: str, password: str, nonce: bytes = NONCE, *, secret: bytes | None = None) -> Login:
    """A token as a client sends it."""
    plain = (len(password) + len(nonce)).to_bytes(4, "little") + password.encode() + nonce
    encrypted = uacrypto.encrypt_rsa_oaep(KEY.public_key(), plain)  # type: ignore[no-untyped-call]
    token = ua.UserNameIdentityToken(
        UserName=name, Password=secret or encrypted, EncryptionAlgorithm=SECURITY.encryption
    )
    peer = Peer("10.0.0.7", SECURITY.policy_uri, ua.MessageSecurityMode.SignAndEncrypt)
    return Login(peer, token, ua.SignatureData(), NONCE)


async def refused(passwords: PasswordLogin, login: Login) -> int:
    """The StatusCode of the refusal."""
    with pytest.raises(TokenRejected) as rejected:
        await passwords.user_of(login)
    return rejected.value.status


async def test_the_right_password_gives_the_user(passwords: PasswordLogin) -> None:
    """With the Roles of the file."""
    user = await passwords.user_of(attempt("anna", "right"))
    assert user.name == "anna"


async def test_who_has_just_been_added_can_log_in_at_once(tmp_path: Path) -> None:
    """A login sees the file of users as it is now, however short the time since the last look."""
    file = tmp_path / "users.toml"
    file.write_text("")
    clock = HandClock()
    users = Users(file, recheck_seconds=1.0, monotonic=clock)
    login = PasswordLogin(users, LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)
    try:
        assert await refused(login, attempt("anna", "right")) == StatusCodes.BadUserAccessDenied
        for password in ("right", "another"):
            file.write_text(f'[users.anna]\nroles = ["Operator"]\npassword = "{CHEAP.hash(password)}"\n')
            assert (await login.user_of(attempt("anna", password))).name == "anna"
        file.write_text("")
        assert await refused(login, attempt("anna", "another")) == StatusCodes.BadUserAccessDenied
    finally:
        await login.close()


def wrong() -> dict[str, Login]:
    """One login of each kind that must not be told from the others."""
    return {
        "wrong password": attempt("anna", "wrong"),
        "unknown user": attempt("nobody", "right"),
        "old nonce": attempt("anna", "right", bytes(32)),
        "no envelope": attempt("anna", "right", secret=b"\1" * 256),
        "empty password": attempt("anna", ""),
    }


async def test_all_wrong_logins_get_the_same_status(passwords: PasswordLogin) -> None:
    """Five causes, one answer."""
    found = {cause: await refused(passwords, login) for cause, login in wrong().items()}
    assert set(found.values()) == {StatusCodes.BadUserAccessDenied}


async def times(passwords: PasswordLogin, rounds: int) -> dict[str, list[float]]:
    """The times of each kind, taken in turn and in random order, in microseconds."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        logins = list(wrong().items())
        random.shuffle(logins)
        for cause, login in logins:
            started = time.perf_counter()
            await refused(passwords, login)
            taken.setdefault(cause, []).append((time.perf_counter() - started) * 1e6)
    return taken


async def test_all_wrong_logins_take_the_same_time(passwords: PasswordLogin) -> None:
    """With hashes far cheaper than real ones, the quickest of each kind lie close together.

    The quickest, as a busy machine makes some of them slower and none quicker.
    """
    await times(passwords, 20)
    found = {cause: min(each) for cause, each in (await times(passwords, 150)).items()}
    assert max(found.values()) < 1.4 * min(found.values()), found


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_ten_thousand_wrong_logins_take_the_same_time(passwords: PasswordLogin) -> None:
    """The same, over 2,000 of each of the five kinds."""
    await times(passwords, 100)
    found = {cause: statistics.median(each) for cause, each in (await times(passwords, 2000)).items()}
    print({cause: round(time) for cause, time in found.items()})  # noqa: T201 - what a soak run is for
    assert max(found.values()) < 1.05 * min(found.values()), found


async def test_checks_leave_the_loop_free() -> None:
    """The loop turns while a password is checked."""
    checks = PasswordChecks()
    turned = threading.Event()

    async def turn() -> None:
        turned.set()

    async with asyncio.TaskGroup() as group:
        checking = group.create_task(checks.run("a", lambda: turned.wait(5)), name="check")
        group.create_task(turn(), name="turn")
    assert checking.result() is True
    await checks.close()


async def test_no_more_checks_wait_than_bear_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit, of one address or of all, a login is refused at once; places become free again."""
    monkeypatch.setattr(password_check, "MOST_WAITING_PER_ADDRESS", 3)
    monkeypatch.setattr(password_check, "MOST_WAITING", 5)
    checks = PasswordChecks()
    gate = threading.Event()
    async with asyncio.TaskGroup() as group:
        for address in ("a", "a", "a", "b", "b"):
            group.create_task(checks.run(address, lambda: gate.wait(5)), name="check")
        await asyncio.sleep(0)
        for address in ("a", "c"):
            with pytest.raises(TooManyChecks):
                await checks.run(address, lambda: True)
        gate.set()
    assert checks.refused == 2
    assert await checks.run("a", lambda: True)
    await checks.close()
