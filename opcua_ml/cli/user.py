"""`opcua-ml user`: who may log in, and with which Roles."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opcua_ml.cli.output import Listing, print_rows, print_table
from opcua_ml.opcua.identity.certificates.certificate_status import CertificateRejected
from opcua_ml.opcua.identity.certificates.stored_files import certificates_in
from opcua_ml.opcua.identity.rights.roles import GRANTABLE, Role
from opcua_ml.opcua.identity.users import user_administration as administration
from opcua_ml.opcua.identity.users.user_administration import UserError

if TYPE_CHECKING:
    from opcua_ml.opcua.identity.certificates.certificate import Certificate
    from opcua_ml.opcua.identity.users.user_file import User

user = typer.Typer(
    name="user",
    help="Who may log in: add, list and remove users, and give them passwords.",
    no_args_is_help=True,
)

Users = Annotated[
    Path,
    typer.Option("--users", envvar="OPCUA_ML_USERS", help="File of users (server.security.users)."),
]
Name = Annotated[str, typer.Argument(help="The user's name.", show_default=False)]
DEFAULT_USERS = Path("users.toml")
_ROLES = ", ".join(sorted(GRANTABLE))


@user.command()
def add(
    name: Name,
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role", "-r", help=f"Granted to the user; may be given again; Observer where none is. {_ROLES}."
        ),
    ] = None,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(
            "--certificate",
            help="The user's certificate (DER or PEM), to log in with in place of a password.",
            show_default=False,
        ),
    ] = None,
    users: Users = DEFAULT_USERS,
) -> None:
    """Add a user.

    Without a certificate a password is asked for, twice and unseen, or read from standard input where that is
    no terminal. It never stands on the command line.
    """
    roles = [_role(one) for one in role or ["Observer"]]
    certificates = [one for file in certificate or [] for one in _certificates(file)]
    administration.check_new(users, name)  # before anybody types a password in vain
    password = None if certificates else _new_password(name)
    added = administration.add_user(users, name, roles, password=password, certificates=certificates)
    typer.echo(f"added: {added.name} ({', '.join(sorted(added.roles))})")


_COLUMNS = ("name", "roles", "password", "certificates", "enabled")


@user.command("list")
def list_users(
    users: Users = DEFAULT_USERS,
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print.")] = Listing.TABLE,
) -> None:
    """List users, their Roles and how they log in; never a hash."""
    found = administration.list_users(users)
    if output is not Listing.TABLE:
        shown: list[dict[str, object]] = [
            {
                "name": one.name,
                "roles": sorted(one.roles),
                "password": one.password_hash is not None,
                "certificates": sorted(one.certificates),
                "enabled": one.enabled,
            }
            for one in found
        ]
        print_rows(output, _COLUMNS, shown)
        return
    rows = [
        (one.name, ", ".join(sorted(one.roles)), _ways(one), "yes" if one.enabled else "no") for one in found
    ]
    print_table(("name", "roles", "logs in by", "enabled"), rows, whole=("name",))


def _ways(one: User) -> str:
    ways = ["password"] * (one.password_hash is not None) + ["certificate"] * bool(one.certificates)
    return " or ".join(ways)


@user.command()
def remove(name: Name, users: Users = DEFAULT_USERS) -> None:
    """Remove a user."""
    administration.remove_user(users, name)
    typer.echo(f"removed: {name}")


@user.command()
def passwd(name: Name, users: Users = DEFAULT_USERS) -> None:
    """Give a user another password, asked for as by `add`."""
    administration.check_existing(users, name)
    administration.set_password(users, name, _new_password(name))
    typer.echo(f"password changed: {name}")


def _new_password(name: str) -> str:
    if not sys.stdin.isatty():
        return administration.checked_password(name, sys.stdin.readline().rstrip("\r\n"))
    password = administration.checked_password(name, getpass.getpass(f"Password of {name}: "))
    if getpass.getpass("Again: ") != password:
        raise UserError("the two passwords differ")
    return password


def _role(name: str) -> Role:
    if name not in GRANTABLE:
        raise UserError("no such role", found=name, wanted=_ROLES)
    return Role(name)


def _certificates(file: Path) -> list[Certificate]:
    try:
        return certificates_in(file.read_bytes())[:1]
    except (ValueError, CertificateRejected) as error:
        raise UserError(f"no certificate: {error}", where=str(file), wanted="DER or PEM") from error
