"""The section `models.<name>.mlflow`: a registry whose alias is followed."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from opcua_ml.config.section import FilePath, Section, refusal

WANTED = "http or https, its host and port"


def _registry(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise refusal("not the URI of a registry", wanted=WANTED) from error
    if parts.username is not None or parts.password is not None:
        raise refusal(
            "credentials don't belong in the registry's URI",
            wanted="the environment variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )
    if not is_usable:
        raise refusal("not the URI of a registry", wanted=WANTED)
    return uri


class MlflowSection(Section):
    """An alias of a registered model in MLflow: what it names is staged."""

    uri: Annotated[str, AfterValidator(_registry)]
    """Of the registry's server: http or https, its host and port."""
    model: Annotated[str, Field(min_length=1, max_length=256)]
    """Name in the registry."""
    alias: Annotated[str, Field(min_length=1, max_length=256)] = "champion"
    """Alias that is followed."""
    poll_s: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 60.0
    """Pause between two looks; a registry that is away is asked again."""
    artifacts_folder: FilePath | None = None
    """Folder of this machine below which the registry may name files; by default only what its own server
    passes on is fetched."""
    manifest: FilePath | None = None
    """TOML file with what MLflow does not tell: units, ranges, classes; for models that bring no package."""
