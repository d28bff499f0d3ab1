"""The companion specifications that the service knows: each is shown where its nodeset was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.config import ConfigurationRefused, problem
from opcua_ml.opcua.adi import show_prediction_service
from opcua_ml.opcua.results import RESULT_URI, show_results

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from opcua_ml.config import ModelSection
    from opcua_ml.domain.errors import ConfigurationError
    from opcua_ml.opcua.server.model_server import ModelServer


async def show_companions(server: ModelServer, source: str, models: Mapping[str, ModelSection]) -> None:
    """Show them; models that are shown later are theirs, too.

    Args:
        server: with its nodesets loaded.
        source: what the configuration is called in errors.
        models: their sections.

    Raises:
        ConfigurationRefused: tags of results are named, and nothing would show them.
    """
    problems = list(result_problems(source, models, server.namespaces))
    if problems:
        raise ConfigurationRefused(source, problems)
    await show_prediction_service(server)
    await show_results(server, {name: tuple(model.results.members) for name, model in models.items()})


def result_problems(
    source: str, models: Mapping[str, ModelSection], namespaces: Container[str]
) -> Iterator[ConfigurationError]:
    """Models with tags of results, where the nodeset of results is not loaded.

    Args:
        source: what the configuration is called in errors.
        models: their sections.
        namespaces: URIs of what is loaded.
    """
    if RESULT_URI in namespaces:
        return
    for name, model in models.items():
        if model.results.tags:
            what = "nothing shows results: the nodeset of Machinery Result is not loaded"
            wanted = f"a file with {RESULT_URI} among server.nodesets"
            yield problem(source, f"models.{name}.results", what, wanted=wanted)
