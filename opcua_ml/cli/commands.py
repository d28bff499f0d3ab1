"""Every command: its name, where it is and what it does in a line.

A command's module is imported only when that command runs, as some of them import scikit-learn or asyncua,
which take a second: `opcua-ml --help` must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from keyword import iskeyword
from typing import TYPE_CHECKING, cast

from opcua_ml.garbage import collection_paused

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer import Typer


@dataclass(frozen=True, slots=True)
class Command:
    """One command; what its module has under the command's name runs it."""

    name: str
    module: str
    help: str

    @property
    def attribute(self) -> str:
        """Its name in the module, where it can't be a word of Python."""
        return f"{self.name}_" if iskeyword(self.name) else self.name

    @property
    def exists(self) -> bool:
        """Whether its module is installed; looking does not import it."""
        return find_spec(self.module) is not None

    def load(self) -> Callable[..., object] | Typer:
        """Import the module and return the command's function, or the group of commands under its name."""
        with collection_paused():  # what is imported stays; looking for garbage takes a tenth of the import
            module = import_module(self.module)
        return cast("Callable[..., object] | Typer", getattr(module, self.attribute))


COMMANDS = (
    Command("demo", "opcua_ml.cli.demo", "Run a simulated pump station and its models, and watch them."),
    Command(
        "serve", "opcua_ml.cli.serve", "Serve the models of a configuration file, until SIGTERM or Ctrl-C."
    ),
    Command("check", "opcua_ml.cli.check", "Check a configuration file, without connecting to anything."),
    Command("schema", "opcua_ml.cli.schema", "Print the JSON Schema of the configuration file."),
    Command("units", "opcua_ml.cli.units", "The UNECE codes of units, by code, symbol or name."),
    Command(
        "pack",
        "opcua_ml.cli.package",
        "Make a model package from a fitted estimator and the data it was fitted on.",
    ),
    Command(
        "inspect",
        "opcua_ml.cli.package",
        "Print the card of a model package, after checking the hash of every file.",
    ),
    Command(
        "import",
        "opcua_ml.cli.importing",
        "Make a model package of an ONNX or skops file with a manifest beside it.",
    ),
    Command("verify", "opcua_ml.cli.verify", "Replay recorded predictions against a version, bit for bit."),
    Command("sign", "opcua_ml.cli.sign", "Make a signed copy of a model package."),
    Command("signer", "opcua_ml.cli.sign", "Who signs packages: make the keys of a signer."),
    Command("deploy", "opcua_ml.cli.deploy", "Send a model package to a running service, over OPC UA."),
    Command(
        "versions",
        "opcua_ml.cli.versions",
        "Versions of models in a running service: list, promote, confirm, roll back and more.",
    ),
    Command(
        "nodeset",
        "opcua_ml.cli.nodeset",
        "A running service's nodes as a NodeSet2 file, for offline engineering.",
    ),
    Command("tags", "opcua_ml.cli.tags", "A running service's tags as a table, for SCADA and historians."),
    Command(
        "trust",
        "opcua_ml.cli.trust",
        "Which applications may connect: list, accept, reject and remove certificates.",
    ),
    Command(
        "user",
        "opcua_ml.cli.user",
        "Who may log in: add, list and remove users, and give them passwords.",
    ),
    Command(
        "history",
        "opcua_ml.cli.history",
        "What a service has recorded: export it as CSV, import it from another store.",
    ),
    Command("audit", "opcua_ml.cli.audit", "The audit log: verify that nobody changed it."),
    Command(
        "simulate",
        "opcua_ml_simulator.cli",
        "Run a simulated pump station as an OPC UA server on this machine until Ctrl-C.",
    ),
)


def installed_commands() -> list[Command]:
    """The commands whose modules are there, in the order of the help text."""
    return [command for command in COMMANDS if command.exists]
