"""What all sections of the configuration have in common, and the values that stand in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from unicodedata import category

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic import ValidationInfo

Item = TypeVar("Item")

FOLDER = "folder"


class Section(BaseModel):
    """A table of the configuration file: frozen, strict about types, refusing keys that it doesn't know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, use_attribute_docstrings=True
    )


def refusal(what: str, *, wanted: str = "") -> PydanticCustomError:
    """The error that a validator raises: what is wrong and what would have been right."""
    # The texts travel in the context, where braces in them can't be taken for placeholders.
    return PydanticCustomError("refused", "{what}", {"what": what, "wanted": wanted})


def each_once(values: tuple[Item, ...]) -> tuple[Item, ...]:
    """The values as they are, none of them twice."""
    if len(set(values)) < len(values):
        raise refusal("a value stands here twice", wanted="each value once")
    return values


def empty_table() -> Any:
    """What stands for a table that the file lacks; checked like one, so that its paths begin at the file."""
    return {}


def a_path(written: Any) -> Any:
    """What is written, unless no file or folder can have this path."""
    text = str(written)
    if not text.strip():
        raise refusal("the path is empty", wanted="a path, such as . for this file's folder")
    if any(category(character) == "Cc" for character in text):
        raise refusal("the path has a control character", wanted="a path without it")
    return written


def beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """A path as written, taken relative to the folder of the configuration file."""
    folder = (info.context or {}).get(FOLDER)
    try:
        return path if folder is None else Path(folder, path.expanduser())
    except RuntimeError:
        raise refusal("nobody here has this home folder", wanted="a path that does not begin so") from None


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
"""Of a PLC or a model: it becomes part of NodeIds, so it has neither dots nor colons nor spaces."""

FilePath = Annotated[Path, Strict(strict=False), BeforeValidator(a_path), AfterValidator(beside_the_file)]
"""Relative paths start at the folder of the configuration file."""

Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]

Sha256 = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Fa-f]{64}$"), AfterValidator(lambda digits: digits.lower())
]
"""64 hexadecimal digits; kept in lower case, as tools differ in what they print."""
