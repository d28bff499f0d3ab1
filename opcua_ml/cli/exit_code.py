"""How a command has ended, beside 0 for well and 2, typer's own, for a wrong command line."""

FAILED = 1
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""
