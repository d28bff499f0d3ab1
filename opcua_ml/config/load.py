"""From a file to a configuration that is whole and free of contradictions, or to every problem in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from opcua_ml.config.configuration import Configuration
from opcua_ml.config.cross_checks import cross_checks
from opcua_ml.config.problems import ConfigurationRefused, problem, told
from opcua_ml.config.section import FOLDER
from opcua_ml.config.texts import unprintable

if TYPE_CHECKING:
    from collections.abc import Mapping


def load(path: Path | str) -> Configuration:
    """The configuration in a TOML file.

    Raises:
        ConfigurationRefused: the file can't be read, is no TOML (with line and column), has unknown or
            missing keys, values that can't be, or sections that contradict each other; every problem is
            in its `problems`.
    """
    path = Path(path)
    return parse(_document(path), source=str(path), folder=path.absolute().parent)


def parse(document: Mapping[str, Any], *, source: str, folder: Path) -> Configuration:
    """The configuration in a document that is read already.

    Args:
        document: as TOML, or a program, gives it.
        source: what problems are told to be in, such as the file's name.
        folder: where relative paths start.

    Raises:
        ConfigurationRefused: as `load`.
    """
    try:
        configuration = Configuration.model_validate(document, context={FOLDER: folder})
    except ValidationError as error:
        raise ConfigurationRefused(source, told(source, document, error)) from None
    problems = [
        problem(source, key, "the text has a character that can't be shown", found=name)
        for key, name in unprintable(document)
    ]
    problems += cross_checks(source, configuration)
    if problems:
        raise ConfigurationRefused(source, problems)
    return configuration


def _document(path: Path) -> dict[str, Any]:
    source = str(path)
    try:
        # Windows' editors may begin a UTF-8 file with a byte order mark, which TOML has no place for.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        what, wanted = "there is no such file", "a TOML file"
    except OSError as error:
        what, wanted = f"the file can't be read ({error.strerror})", "a TOML file"
    except UnicodeDecodeError as error:
        what, wanted = f"the file is not UTF-8 (byte {error.start})", "a TOML file in UTF-8"
    except RecursionError:
        what, wanted = "the file is no TOML: nested too deeply", ""
    except tomllib.TOMLDecodeError as error:
        what, wanted = f"the file is no TOML: {error}", ""
    raise ConfigurationRefused(source, [problem(source, "", what, wanted=wanted)])
