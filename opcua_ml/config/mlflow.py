"""The section `models.<name>.mlflow`: a registry whose alias is followed."""

from typing import Annotated

from pydantic import Field, StringConstraints

from opcua_ml.config.section import FilePath, Section


class MlflowSection(Section):
    """An alias of a registered model in MLflow: what it names is staged."""

    uri: Annotated[str, StringConstraints(pattern=r"^https?://")]
    """Of the registry's server: http or https, its host and port."""
    model: Annotated[str, Field(min_length=1, max_length=256)]
    """Name in the registry."""
    alias: Annotated[str, Field(min_length=1, max_length=256)] = "champion"
    """Alias that is followed."""
    poll_s: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 60.0
    """Pause between two looks; a registry that is away is asked again."""
    manifest: FilePath | None = None
    """TOML file with what MLflow does not tell: units, ranges, classes; for models that bring no package."""
