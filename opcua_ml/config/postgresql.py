"""The section `history.postgresql`: a database of the site that keeps the history."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from opcua_ml.config.section import FilePath, Section, refusal


class PostgresqlSection(Section):
    """A PostgreSQL or TimescaleDB that keeps the history, in place of the file in `history.folder`."""

    host: Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\s,\x00]+$")]
    """Name or address of its server, or the absolute path of the folder of its Unix socket."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    """Of the server; also part of the name of its Unix socket."""
    database: Annotated[str, Field(min_length=1, max_length=63)] = "opcua_ml"
    """Name of the database; it is there already, with the encoding UTF8."""
    user: Annotated[str, Field(min_length=1, max_length=63)] = "opcua_ml"
    """User to log in with; it makes the schema and its tables at the first start."""
    password_file: FilePath | None = None
    """File whose content, without the line's end, is the password; no password stands in this file."""
    password_env: Annotated[str, Field(min_length=1)] | None = None
    """Environment variable that holds the password, in place of a file."""
    schema_name: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "opcua_ml"
    """Schema that holds the tables; one service writes to it."""
    sslmode: Literal["verify-full", "verify-ca", "require", "disable"] = "verify-full"
    """As PostgreSQL's own clients have it; less than `verify-full` only where it is written here. Not for
    Unix sockets."""
    sslrootcert: FilePath | None = None
    """PEM file with who may have signed the server's certificate; by default those that the system trusts."""

    @model_validator(mode="after")
    def _has_one_password_at_most(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise refusal("a user needs one password", wanted="either password_file or password_env")
        return self

    @model_validator(mode="after")
    def _is_secured_as_it_says(self) -> Self:
        if self.sslmode == "disable" and self.sslrootcert is not None:
            raise refusal(
                'sslrootcert has no effect with the sslmode "disable"', wanted="only one of the two"
            )
        if self.sslmode == "verify-ca" and self.sslrootcert is None:
            raise refusal('the sslmode "verify-ca" needs to know the CA', wanted="sslrootcert beside it")
        return self
