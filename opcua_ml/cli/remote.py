"""What the commands that speak with a running service have in common: where it is, and who we are."""

from __future__ import annotations

import getpass
import inspect
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.plc.settings import Policy
from opcua_ml.service.versions.remote import PKI, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opcua_ml.opcua.remote.service import RemoteService

PASSWORD = "OPCUA_ML_PASSWORD"  # noqa: S105 - the name of a variable
To = Annotated[
    str,
    typer.Option(
        "--to",
        envvar="OPCUA_ML_TO",
        help="Endpoint of the service, opc.tcp://…, as it prints.",
        show_default=False,
    ),
]
User = Annotated[
    str | None,
    typer.Option(
        "--user",
        envvar="OPCUA_ML_USER",
        help=f"Who logs in; the password is that of {PASSWORD}, of --password-file, or asked for.",
        show_default=False,
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File with the user's password.", show_default=False),
]
Pki = Annotated[
    Path,
    typer.Option(
        "--pki",
        envvar="OPCUA_ML_ENGINEER_PKI",
        help="Folder of our certificate, which is made there, and of the services' that we trust.",
    ),
]
Security = Annotated[
    Policy,
    typer.Option("--security", help="Security policy; None sends everything in clear text."),
]
Server = Annotated[
    str | None,
    typer.Option("--server-sha256", help="The one server certificate that is believed.", show_default=False),
]
Reason = Annotated[str, typer.Option("--reason", help="Kept in the service's journal.", show_default=False)]
Within = Annotated[
    float | None,
    typer.Option(
        "--confirm-within",
        min=0.0,
        help="Seconds until it is rolled back unless confirmed; 0: no probation; else as configured.",
        show_default=False,
    ),
]


def with_service(
    function: Callable[..., None], *, first: Callable[..., None] | None = None
) -> Callable[..., None]:
    """A command with the options of a service, which its function gets as its first argument.

    Typer reads a function's own signature, so what all such commands share is put into it here.

    Args:
        function: the command.
        first: is called with its own arguments before a certificate is made or a password asked for.
    """
    own = list(inspect.signature(function).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, kind, default in _OPTIONS
    ]

    def command(**given: Any) -> None:
        options = {parameter.name: given.pop(parameter.name) for parameter in shared}
        if first is not None:
            first(**given)
        function(_service(options), **given)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + shared
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


_OPTIONS = (
    ("to", To, inspect.Parameter.empty),
    ("user", User, None),
    ("password_file", PasswordFile, None),
    ("pki", Pki, PKI),
    ("security", Security, Policy.BASIC256SHA256),
    ("server_sha256", Server, None),
)


def _service(options: Mapping[str, Any]) -> RemoteService:
    """The service of these options, to be entered."""
    # What the stack logs of an error stands in the error's own sentence, and in the traceback of --verbose.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)
    user = options["user"]
    return connect(
        options["to"],
        user=user,
        password=None if user is None else _password(user, options["password_file"]),
        pki=options["pki"],
        security_policy=options["security"].value,
        server_sha256=options["server_sha256"],
    )


def _password(user: str, file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise ConfigurationError("the password is not UTF-8", where=str(file)) from error
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"there is no password for {user}", wanted=f"{PASSWORD} in the environment, or --password-file"
        )
    return getpass.getpass(f"Password of {user}: ")
