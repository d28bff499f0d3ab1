"""The file of users: what it may say, and that anything else lets nobody in."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.identity.rights.roles import Role
from opcua_ml.opcua.identity.users.password_hash import (
    DummyHashes,
    hash_password,
    is_acceptable_hash,
    password_matches,
)
from opcua_ml.opcua.identity.users.user_file import UserFileInvalid, parse_users
from opcua_ml.opcua.identity.users.users import Users
from tests.unit.opcua.identity.hand_clock import HandClock

if TYPE_CHECKING:
    from pathlib import Path

HASH = hash_password("correct horse battery")
THUMBPRINT = "ab" * 32
GOOD = f"""
[users.anna]
roles = ["Operator", "Engineer"]
password = "{HASH}"

[users."line 1"]
roles = ["Observer"]
certificates = ["{THUMBPRINT}"]
enabled = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A right file."""
    path = tmp_path / "users.toml"
    path.write_text(GOOD)
    return path


def test_users_have_roles_and_a_password_or_certificates(file: Path) -> None:
    """As the file's own description says."""
    users = Users(file, recheck_seconds=0)
    anna, line = users.named("anna"), users.owning(THUMBPRINT)
    assert anna is not None
    assert line is not None
    assert anna.roles == {Role.OPERATOR, Role.ENGINEER}
    assert anna.enabled
    assert line.name == "line 1"
    assert not line.enabled
    assert users.named("Anna") is None
    assert "argon2" not in repr(anna)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("users = 3", "users is no table"),
        ("[user.anna]", "unknown key; found user; wanted users"),
        ("[users.anna]\nrole = ['Operator']", "unknown key; found role"),
        ("[users.anna]\nroles = ['operator']", "no such role; found operator"),
        ("[users.anna]\nroles = ['Anonymous']", "no such role; found Anonymous"),
        ("[users.anna]\nroles = 'Operator'", "wanted a list of strings"),
        ("[users.anna]\nroles = [1]", "wanted a list of strings"),
        ("[users.anna]\nenabled = 'no'", "wanted true or false"),
        ("[users.anna]\npassword = 'secret'", "the password is no hash that we take"),
        ("[users.anna]\npassword = '$1$abc$xyz'", "the password is no hash that we take"),
        ("[users.anna]\ncertificates = ['AB']", "no SHA-256 thumbprint"),
        ("[users.'']\n", "no such user name"),
        ("[users.' anna']\n", "no such user name"),
        ('[users."an\\u001bna"]\n', "no such user name"),
        ("[users]\nanna = 1", "the user is no table"),
        (
            f"[users.a]\ncertificates=['{THUMBPRINT}']\n[users.b]\ncertificates=['{THUMBPRINT}']",
            "found a and b",
        ),
        ("[users.anna", "no TOML"),
        ("\x00", "no TOML"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_lets_nobody_in(file: Path, content: str, told: str) -> None:
    """One wrong entry denies all: half of a configuration might grant what the other half takes."""
    with pytest.raises(UserFileInvalid, match=told) as refused:
        parse_users(content.encode(), source="users.toml")
    assert "users.toml" in str(refused.value)
    assert "secret" not in str(refused.value)
    file.write_text(GOOD + "\n" + content)
    users = Users(file, recheck_seconds=0)
    assert users.named("anna") is None
    assert users.certificates == frozenset()
    assert users.problem


@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_but_the_error_of_the_file(content: bytes) -> None:
    """Whatever stands in the file, it is users or one clear refusal."""
    with contextlib.suppress(UserFileInvalid):
        assert parse_users(content, source="f") == {}


def test_a_missing_file_lets_nobody_in(tmp_path: Path) -> None:
    """And so does the lack of one."""
    assert Users(tmp_path / "absent.toml").named("anna") is None
    assert Users(None).named("anna") is None


def test_a_changed_file_counts_without_a_restart(file: Path) -> None:
    """Added, corrupted, mended: each time as the file says then."""
    users = Users(file, recheck_seconds=0)
    assert users.named("bert") is None
    before = users.revision
    file.write_text(GOOD + "[users.bert]\nroles = ['Observer']\n")
    assert users.named("bert") is not None
    assert users.revision > before
    file.write_text("garbage" + GOOD)
    assert users.named("anna") is None
    file.write_text(GOOD)
    assert users.named("anna") is not None
    file.unlink()
    assert users.named("anna") is None


def test_the_file_is_looked_at_no_more_often_than_configured(file: Path) -> None:
    """A flood of logins is no flood of file-system calls."""
    clock = HandClock()
    users = Users(file, recheck_seconds=1.0, monotonic=clock)
    assert users.named("bert") is None
    file.write_text(GOOD + "[users.bert]\nroles = ['Observer']\n")
    assert users.named("bert") is None
    clock.now = 1.0
    assert users.named("bert") is not None


def test_only_the_right_password_matches_its_hash() -> None:
    """And nothing matches what is no hash."""
    assert password_matches(HASH, b"correct horse battery")
    assert not password_matches(HASH, b"correct horse batterx")
    assert not password_matches(HASH, b"")
    assert not password_matches("no hash", b"")
    assert hash_password("x") != hash_password("x")


@pytest.mark.parametrize(
    "changed",
    ["m=1048576", "m=4", "t=1000", "p=64", "t=0"],
)
def test_hashes_that_cost_too_much_or_nothing_are_not_taken(changed: str) -> None:
    """A line in the file can't make one login take the machine."""
    import re

    expensive = re.sub(rf"{changed[0]}=\d+", changed, HASH)
    assert expensive != HASH
    assert not is_acceptable_hash(expensive)
    assert is_acceptable_hash(HASH)
    assert not is_acceptable_hash(HASH.replace("argon2id", "argon2i"))


def test_an_unknown_user_costs_what_a_real_one_costs() -> None:
    """The dummy has the parameters of a real hash, always the same for one name, and no password."""
    dummies = DummyHashes()
    other = HASH.replace("t=2", "t=3")
    for name in ("x", "y", "\ud800"):
        dummy = dummies.hash_for(name, (HASH, other))
        assert dummy.split("$")[3] in {HASH.split("$")[3], other.split("$")[3]}
        assert dummies.hash_for(name, (HASH, other)) == dummy
        assert not password_matches(dummy, b"")
    assert dummies.hash_for("x", ()).split("$")[3] == HASH.split("$")[3]
