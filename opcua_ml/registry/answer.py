"""What a registry's server answers in JSON, and never more of it than that takes."""

from __future__ import annotations

import json
import time
from typing import Any, Final

MOST_BYTES: Final = 2**20
"""Of one answer: a thousand files of a folder take a tenth of it."""
LONGEST_S: Final = 30.0
API: Final = "/api/2.0"
_PART: Final = 256
_OK: Final = 200
_MOST_WORDS: Final = 300


def answer(uri: str, path: str, /, **asked: str) -> dict[str, Any]:
    """The object that the server gives for a GET.

    Args:
        uri: of the server, before the path of its interface.
        path: behind that.
        asked: parameters.

    Raises:
        ConnectionError: the server refuses, in its words, or its answer is too large, too slow or none.
        Exception: of MLflow and the libraries below it, where there is no connection.
    """
    from mlflow.utils.credentials import get_default_host_creds  # noqa: PLC0415  an extra
    from mlflow.utils.rest_utils import http_request  # noqa: PLC0415  an extra

    # MLflow's own client takes an answer whole, however large it is. It tells no types.
    credentials: Any = get_default_host_creds
    ask: Any = http_request
    where = f"{API}{path}"
    with ask(credentials(uri), where, "GET", params=asked, stream=True, allow_redirects=False) as given:
        try:
            document = json.loads(_bounded(given))
        except (ValueError, RecursionError) as error:
            raise ConnectionError(f"{path}: HTTP status {given.status_code}, and no JSON") from error
    if not isinstance(document, dict):
        raise ConnectionError(f"{path}: the answer is no JSON object")
    if given.status_code != _OK:
        words = f"{document.get('error_code', given.status_code)}: {document.get('message', '')}"
        raise ConnectionError(words[:_MOST_WORDS])
    return document


def _bounded(given: Any) -> bytes:
    data, until = bytearray(), time.monotonic() + LONGEST_S
    for part in given.iter_content(_PART):
        data += part
        if len(data) > MOST_BYTES:
            raise ConnectionError(f"an answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > until:
            raise ConnectionError(f"an answer is not there within {LONGEST_S:g} s")
    return bytes(data)
