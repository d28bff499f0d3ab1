"""`opcua-ml units`: the codes by which configurations and packages name units."""

from typing import Annotated

import typer

from opcua_ml.cli.output import Listing, print_rows, print_table
from opcua_ml.domain.engineering_units import UNITS, near_code
from opcua_ml.domain.errors import ConfigurationError

_COLUMNS = ("code", "symbol", "name")


def units(
    words: Annotated[
        str, typer.Argument(help="Part of a code, symbol or name, such as metre; all without.")
    ] = "",
    output: Annotated[Listing, typer.Option("--output", "-o", help="How to print.")] = Listing.TABLE,
) -> None:
    """The UNECE codes of units, by code, symbol or name.

    Any other code of UNECE's Recommendation 20 is taken as well; displays show it in place of a symbol.
    """
    wanted, near = words.casefold(), near_code(words)
    found = [
        unit._asdict()
        for unit in UNITS.values()
        if unit.code == near or any(wanted in text.casefold() for text in unit)
    ]
    if not found:
        raise ConfigurationError("no unit of this code, symbol or name is known here", found=words)
    if output is not Listing.TABLE:
        print_rows(output, _COLUMNS, found)
    else:
        print_table(_COLUMNS, [tuple(unit.values()) for unit in found], whole=("code", "symbol"))
