"""Where the command `opcua-ml` begins: Ctrl-C ends it quietly from its first moment on."""

from opcua_ml.cli.exit_code import INTERRUPTED


def run() -> int:
    """The command line of this process; its exit code, as `opcua_ml.cli.main.main` has it."""
    try:
        # What all commands need takes a fifth of a second to import, in which Ctrl-C may come.
        from opcua_ml.cli.main import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:
        return INTERRUPTED
