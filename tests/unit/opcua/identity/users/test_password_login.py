"""Right and wrong passwords: one answer, one amount of work, and no more at once than the machine bears."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.identity.users import password_login
from opcua_ml.opcua.identity.users.login_throttle import PER_USER, LoginThrottle, ThrottleRule
from opcua_ml.opcua.identity.users.password_hash import password_matches
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


def user_table(name: str, password: str = "right", more: str = "") -> str:  # noqa: S107 - of a test
    """A user in the file of users."""
    return f'[users.{name}]\nroles = ["Operator"]\npassword = "{CHEAP.hash(password)}"\n{more}'


def patient_login(folder: Path) -> PasswordLogin:
    """Logins of anna and bert, whom nothing slows down."""
    file = folder / "users.toml"
    file.write_text(user_table("anna") + user_table("bert"))
    users = Users(file)
    assert users.named("anna") is not None
    return PasswordLogin(users, LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)


@pytest.fixture
async def passwords(tmp_path: Path) -> AsyncIterator[PasswordLogin]:
    """The same, closed afterwards."""
    login = patient_login(tmp_path)
    yield login
    await login.close()


def attempt(
    name: str, password: str, nonce: bytes = NONCE, *, secret: bytes | None = None, address: str = "10.0.0.7"
) -> Login:
    """A token as a client sends it."""
    plain = (len(password) + len(nonce)).to_bytes(4, "little") + password.encode() + nonce
    encrypted = uacrypto.encrypt_rsa_oaep(KEY.public_key(), plain)  # type: ignore[no-untyped-call]
    token = ua.UserNameIdentityToken(
        UserName=name, Password=secret or encrypted, EncryptionAlgorithm=SECURITY.encryption
    )
    peer = Peer(address, SECURITY.policy_uri, ua.MessageSecurityMode.SignAndEncrypt)
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
        "wrong password of who was not here": attempt("bert", "wrong"),
        "unknown user": attempt("nobody", "right"),
        "old nonce": attempt("anna", "right", bytes(32)),
        "no envelope": attempt("anna", "right", secret=b"\1" * 256),
        "empty password": attempt("anna", ""),
    }


async def test_all_wrong_logins_get_the_same_status(passwords: PasswordLogin) -> None:
    """Six causes, one answer."""
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

    The quickest, as a busy machine makes some of them slower and none quicker. Anna's right password is
    remembered.
    """
    await passwords.user_of(attempt("anna", "right"))
    await times(passwords, 20)
    found = {cause: min(each) for cause, each in (await times(passwords, 150)).items()}
    assert max(found.values()) < 1.4 * min(found.values()), found


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_ten_thousand_wrong_logins_take_the_same_time(passwords: PasswordLogin) -> None:
    """The same, over 2,000 of each of the six kinds."""
    await times(passwords, 100)
    found = {cause: statistics.median(each) for cause, each in (await times(passwords, 2000)).items()}
    print({cause: round(time) for cause, time in found.items()})  # noqa: T201 - what a soak run is for
    assert max(found.values()) < 1.05 * min(found.values()), found


# Right passwords are remembered


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Passwords that argon2 was run for."""
    seen: list[bytes] = []

    def counting(encoded: str, password: bytes) -> bool:
        seen.append(password)
        return password_matches(encoded, password)

    monkeypatch.setattr(password_login, "password_matches", counting)
    return seen


async def test_a_right_password_is_hashed_once_and_a_wrong_one_each_time(
    passwords: PasswordLogin, runs: list[bytes]
) -> None:
    """However the two follow each other."""
    for _ in range(3):
        assert (await passwords.user_of(attempt("anna", "right"))).name == "anna"
        assert await refused(passwords, attempt("anna", "wrong")) == StatusCodes.BadUserAccessDenied
        assert await refused(passwords, attempt("bert", "wrong")) == StatusCodes.BadUserAccessDenied
    assert runs.count(b"right") == 1
    assert runs.count(b"wrong") == 6


async def test_stations_of_one_user_that_come_back_at_once_cost_one_run(
    passwords: PasswordLogin, runs: list[bytes]
) -> None:
    """From a hundred addresses."""
    logins = [attempt("anna", "right", address=f"10.0.1.{number}") for number in range(100)]
    users = await asyncio.gather(*(passwords.user_of(login) for login in logins))
    assert {user.name for user in users} == {"anna"}
    assert runs == [b"right"]


async def test_a_remembered_password_is_no_use_with_another_nonce(
    passwords: PasswordLogin, runs: list[bytes]
) -> None:
    """A recorded token can't be used again, and costs what everything wrong costs."""
    await passwords.user_of(attempt("anna", "right"))
    assert await refused(passwords, attempt("anna", "right", bytes(32))) == StatusCodes.BadUserAccessDenied
    assert len(runs) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(user_table("anna", "another"), id="other password"),
        pytest.param(user_table("anna", more="enabled = false\n"), id="disabled"),
        pytest.param(user_table("bert"), id="gone"),
        pytest.param("nonsense", id="broken file"),
    ],
)
async def test_what_was_remembered_is_worth_nothing_when_the_user_has_changed(
    tmp_path: Path, content: str
) -> None:
    """At once, though the file is looked at once an hour."""
    file = tmp_path / "users.toml"
    file.write_text(user_table("anna"))
    users = Users(file, recheck_seconds=3600)
    login = PasswordLogin(users, LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)
    try:
        await login.user_of(attempt("anna", "right"))
        assert login.remembered == 1
        file.write_text(content)
        assert await refused(login, attempt("anna", "right")) == StatusCodes.BadUserAccessDenied
        assert login.remembered == 0
    finally:
        await login.close()


async def test_the_same_user_in_a_file_that_was_written_anew_is_hashed_again(
    tmp_path: Path, runs: list[bytes]
) -> None:
    """Whatever was changed in it; the Roles are those of now."""
    file = tmp_path / "users.toml"
    table = user_table("anna")
    file.write_text(table)
    login = PasswordLogin(Users(file), LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)
    try:
        await login.user_of(attempt("anna", "right"))
        file.write_text(table.replace("Operator", "Observer") + "# another line\n")
        assert (await login.user_of(attempt("anna", "right"))).roles == {"Observer"}
        assert len(runs) == 2
    finally:
        await login.close()


async def test_who_is_disabled_while_the_password_is_checked_does_not_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check may have to wait."""
    file = tmp_path / "users.toml"
    table = user_table("anna")
    file.write_text(table)

    def meanwhile(encoded: str, password: bytes) -> bool:
        file.write_text(table + "enabled = false\n")
        return password_matches(encoded, password)

    monkeypatch.setattr(password_login, "password_matches", meanwhile)
    login = PasswordLogin(Users(file), LoginThrottle(per_user=PATIENT, per_source=PATIENT), KEY)
    try:
        assert await refused(login, attempt("anna", "right")) == StatusCodes.BadUserAccessDenied
    finally:
        await login.close()


async def test_nothing_is_remembered_where_the_configuration_says_so(
    tmp_path: Path, runs: list[bytes]
) -> None:
    """Each login is hashed."""
    file = tmp_path / "users.toml"
    file.write_text(user_table("anna"))
    throttle = LoginThrottle(per_user=PATIENT, per_source=PATIENT)
    login = PasswordLogin(Users(file), throttle, KEY, remember=0)
    try:
        for _ in range(3):
            await login.user_of(attempt("anna", "right"))
        assert len(runs) == 3
    finally:
        await login.close()


async def test_what_is_remembered_changes_nothing_for_who_guesses(tmp_path: Path) -> None:
    """Failures count and block as ever; the block holds for the right password, too."""
    file = tmp_path / "users.toml"
    file.write_text(user_table("anna"))
    clock = HandClock()
    login = PasswordLogin(Users(file), LoginThrottle(monotonic=clock), KEY)
    try:
        await login.user_of(attempt("anna", "right"))
        for _ in range(PER_USER.free_failures):
            await refused(login, attempt("anna", "wrong"))
        with pytest.raises(TokenRejected, match="too many failed logins"):
            await login.user_of(attempt("anna", "right"))
        clock.now += PER_USER.first_pause
        await login.user_of(attempt("anna", "right"))
        await refused(login, attempt("anna", "wrong"))
        await login.user_of(attempt("anna", "right"))
    finally:
        await login.close()
