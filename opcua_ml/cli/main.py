"""The command `opcua-ml`.

Exit codes: 0 all is well; 1 refused or failed, with one sentence per problem on standard error; 2 the command
line itself is wrong; 130 interrupted by Ctrl-C, where the command doesn't take that as its usual end.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from opcua_ml.cli.commands import installed_commands
from opcua_ml.cli.exit_code import INTERRUPTED
from opcua_ml.cli.failure import is_foreseen, tell, wants_json
from opcua_ml.cli.frame import Frame
from opcua_ml.garbage import leave_all_at_exit
from opcua_ml.service.log import configure_logging

PROGRAM = "opcua-ml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: without the program's name; by default the process's own.

    Returns:
        1, the exit code of a command that failed in a way that was foreseen, after telling it; 130 where
        Ctrl-C came before the command had begun.

    Raises:
        SystemExit: at any other end, with the exit code.
    """
    leave_all_at_exit()
    given = list(sys.argv[1:] if arguments is None else arguments)
    frame = Frame()
    try:
        application(_named(given))(args=given, prog_name=PROGRAM, obj=frame)
    except KeyboardInterrupt:  # while modules are imported; later the command itself takes it
        return INTERRUPTED
    except Exception as error:
        if not is_foreseen(error):
            raise
        return tell(error, verbose=frame.verbose, as_json=wants_json(given))
    return 0


def application(named: str | None) -> typer.Typer:
    """All commands; only the one that is named is imported, the others stand for their line of help."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_frame)
    for command in installed_commands():
        loaded = command.load() if command.name == named else _only_listed
        if isinstance(loaded, typer.Typer):
            for one in loaded.registered_commands:
                one.help = one.help or _flowing(one.callback)
            app.add_typer(loaded, name=command.name)
        else:
            app.command(command.name, help=_flowing(loaded) if command.name == named else command.help)(
                loaded
            )
    return app


def _flowing(function: Callable[..., object] | None) -> str | None:
    """A command's words in paragraphs, which the terminal's width breaks and our source's does not."""
    words = inspect.getdoc(function)
    return None if words is None else "\n\n".join(" ".join(part.split()) for part in words.split("\n\n"))


def _named(arguments: Sequence[str]) -> str | None:
    """The command's name: the first argument that is no option, as no option before it takes a value."""
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"{PROGRAM} {version('opcua-ml')}")
        raise typer.Exit


def _frame(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log at level debug, and show an error's traceback.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Machine-learning models served over OPC UA."""
    context.obj.verbose = verbose
    # Standard output is for what was asked for.
    configure_logging("debug" if verbose else "info")


def _only_listed() -> None:
    """Stands for a command that this command line does not name."""
