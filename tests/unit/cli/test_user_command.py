"""`opcua-ml user`: passwords come unseen, are kept as hashes, and nothing in the file is lost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from opcua_ml.cli.user import user
from opcua_ml.opcua.identity.certificates.certificate import parse_certificate
from opcua_ml.opcua.identity.users.password_hash import password_matches
from opcua_ml.opcua.identity.users.user_administration import UserError
from opcua_ml.opcua.identity.users.user_file import UserFileInvalid, read_users
from tests.unit.opcua.identity.authority import Wish, key, root, self_signed

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

PASSWORD = "correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "users.toml"


def run(file: Path, *arguments: str, typed: str = "") -> Result:
    """The command's result, with this on standard input."""
    return CliRunner().invoke(user, [arguments[0], "--users", str(file), *arguments[1:]], input=typed)


def test_a_user_is_added_with_a_password_from_standard_input(file: Path) -> None:
    """What is kept is a hash; what is printed is neither."""
    result = run(file, "add", "anna", "--role", "Operator", "-r", "Engineer", typed=f"{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in file.read_text()
    assert PASSWORD not in result.output
    anna = read_users(file)["anna"]
    assert sorted(anna.roles) == ["Engineer", "Operator"]
    assert anna.password_hash is not None
    assert password_matches(anna.password_hash, PASSWORD.encode())


def test_no_command_takes_a_password_as_an_argument(file: Path) -> None:
    """It would stand in the shell's history and in the list of processes."""
    for command in ("add", "passwd"):
        assert run(file, command, "anna", "--password", PASSWORD).exit_code == 2
        assert run(file, command, "anna", PASSWORD).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists in place of modes")
def test_only_its_owner_may_read_the_file(file: Path) -> None:
    """Hashes can be guessed at."""
    run(file, "add", "anna", typed=f"{PASSWORD}\n")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "too short"),
        ("brief\n", "too short"),
        ("x" * 600, "too long"),
        ("my name is Anna!\n", "name"),
        ("correct-horse-\0-99\n", "nobody can type"),
    ],
)
def test_bad_passwords_are_refused_without_being_told(file: Path, typed: str, told: str) -> None:
    """Too short, too long, or with the user's name in it."""
    result = run(file, "add", "anna", typed=typed)
    assert isinstance(result.exception, UserError)
    assert told in str(result.exception)
    assert typed.strip() == "" or typed.strip() not in str(result.exception)
    assert not file.exists()


def test_a_user_may_have_a_certificate_in_place_of_a_password(file: Path, tmp_path: Path) -> None:
    """Known by its SHA-256 thumbprint."""
    owned = self_signed(key(1), Wish(usage=frozenset({"digital_signature"})))
    (tmp_path / "bert.der").write_bytes(owned.der)
    assert run(file, "add", "bert", "--certificate", str(tmp_path / "bert.der")).exit_code == 0
    bert = read_users(file)["bert"]
    assert bert.certificates == {parse_certificate(owned.der).thumbprint}
    assert bert.password_hash is None


def test_a_certificate_that_nobody_could_log_in_by_is_refused(file: Path, tmp_path: Path) -> None:
    """No certificate at all, a weak key, a CA."""
    for name, content in (
        ("garbage", b"garbage"),
        ("weak", self_signed(key(70, 1024)).der),
        ("ca", root().der),
    ):
        (tmp_path / name).write_bytes(content)
        result = run(file, "add", "bert", "--certificate", str(tmp_path / name))
        assert isinstance(result.exception, UserError)
    assert not file.exists()


def test_a_changed_password_replaces_the_old_one_and_keeps_comments(file: Path) -> None:
    """The administrator's own notes stay."""
    run(file, "add", "anna", typed=f"{PASSWORD}\n")
    file.write_text(file.read_text() + "# the night shift\n[users.bert]\nroles = ['Observer'] # for now\n")
    assert run(file, "passwd", "anna", typed="another long password\n").exit_code == 0
    anna = read_users(file)["anna"]
    assert anna.password_hash is not None
    assert not password_matches(anna.password_hash, PASSWORD.encode())
    assert password_matches(anna.password_hash, b"another long password")
    assert "# the night shift" in file.read_text()
    assert "# for now" in file.read_text()
    assert run(file, "passwd", "bert", typed="and a third password\n").exit_code == 0


def test_nobody_types_a_password_in_vain(file: Path) -> None:
    """What is wrong with the name or the file is told before it is asked for."""
    for command in (["passwd", "nobody"], ["add", " "]):
        ended = run(file, *command, typed="short\n")
        assert "user" in str(ended.exception)
        assert "too short" not in str(ended.exception)


def test_a_removed_user_is_gone_and_the_others_stay(file: Path) -> None:
    """And can't be removed twice."""
    for name in ("anna", "line 1", "x.y"):
        run(file, "add", name, typed=f"{PASSWORD}\n")
    assert run(file, "remove", "line 1").exit_code == 0
    assert sorted(read_users(file)) == ["anna", "x.y"]
    again = run(file, "remove", "line 1")
    assert isinstance(again.exception, UserError)
    assert "no user 'line 1'" in str(again.exception)


def test_users_are_listed_without_their_hashes(file: Path) -> None:
    """As a table, as JSON and as CSV."""
    run(file, "add", "anna", "-r", "SecurityAdmin", typed=f"{PASSWORD}\n")
    rows = run(file, "list", "-o", "csv").output.splitlines()
    assert rows == ["name,roles,password,certificates,enabled", "anna,SecurityAdmin,true,,true"]
    table, listing = run(file, "list"), run(file, "list", "-o", "json")
    assert json.loads(listing.output) == [
        {"name": "anna", "roles": ["SecurityAdmin"], "password": True, "certificates": [], "enabled": True}
    ]
    assert "argon2" not in table.output + listing.output
    assert "SecurityAdmin" in table.output


@pytest.mark.parametrize("name", ["", " anna", "an\x1bna", "x" * 65])
def test_names_that_are_none_are_refused(file: Path, name: str) -> None:
    """Before a password is kept for them."""
    result = run(file, "add", "--", name, typed=f"{PASSWORD}\n")
    assert isinstance(result.exception, UserError)


def test_a_taken_name_and_an_unknown_role_are_refused(file: Path) -> None:
    """Each with what there is."""
    run(file, "add", "anna", typed=f"{PASSWORD}\n")
    taken = run(file, "add", "anna", typed=f"{PASSWORD}\n")
    assert "already" in str(taken.exception)
    role = run(file, "add", "bert", "-r", "operator", typed=f"{PASSWORD}\n")
    assert "Operator" in str(role.exception)


def test_a_broken_file_is_told_and_left_as_it_is(file: Path) -> None:
    """Mending it is for who broke it."""
    file.write_text("garbage")
    result = run(file, "add", "anna", typed=f"{PASSWORD}\n")
    assert isinstance(result.exception, UserFileInvalid)
    assert file.read_text() == "garbage"
