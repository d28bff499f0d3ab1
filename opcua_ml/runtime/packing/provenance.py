"""What else is known of a training: the estimator's parameters, and the environment."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

MOST_PARAMETERS: Final = 500
_LONGEST: Final = 500
_LIBRARIES: Final = (
    "opcua-ml",
    "scikit-learn",
    "numpy",
    "scipy",
    "skl2onnx",
    "onnxruntime",
    "skops",
    "joblib",
)


def parameters_of(estimator: Any) -> dict[str, str]:
    """The parameters of an estimator and its steps, as texts; steps themselves are left out."""
    get_params = getattr(estimator, "get_params", None)
    if get_params is None:
        return {}
    try:
        given = get_params(deep=True)
    except Exception:  # noqa: BLE001 - estimators of other libraries
        return {}
    told = {
        str(name): _text(value)
        for name, value in sorted(given.items(), key=lambda one: str(one[0]))
        if not _is_step(value)
    }
    return dict(list(told.items())[:MOST_PARAMETERS])


def environment() -> dict[str, str]:
    """Python, platform, and the versions of the libraries that compute or pack."""
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _is_step(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_is_step, value))
    return hasattr(value, "fit") or hasattr(value, "get_params")


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
