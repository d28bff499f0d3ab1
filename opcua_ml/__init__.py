"""Machine-learning models served over OPC UA.

`pack` makes a model package of a fitted estimator, `open_package` reads one, `load` makes it predict:

    import opcua_ml

    opcua_ml.pack(pipeline, X, y, name="pump", version="1.0.0", path="packages/pump-1.0.0")
    model = opcua_ml.load("packages/pump-1.0.0")
    model.predict([(12.5, 3.1)])

`deploy` sends a package to a running service, over OPC UA; `connect` and `send` do it step by step.
`Window` and `WindowStatistic` are for `pack(windows=)`; `Trialist` and `GateResult` for gates of
other packages.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opcua_ml.domain.errors import OpcuaMlError
    from opcua_ml.domain.gate import GateResult
    from opcua_ml.domain.signature import Window, WindowStatistic
    from opcua_ml.runtime.contract.model import LoadedModel, Model
    from opcua_ml.runtime.contract.trust import Trust
    from opcua_ml.runtime.imports.model_file import import_model
    from opcua_ml.runtime.loading.load import load
    from opcua_ml.runtime.package.package import Package, open_package
    from opcua_ml.runtime.packing.pack import pack
    from opcua_ml.service.versions.custom_gates import Trialist
    from opcua_ml.service.versions.remote import connect, deploy, send

    __version__: str

__all__ = [
    "GateResult",
    "LoadedModel",
    "Model",
    "OpcuaMlError",
    "Package",
    "Trialist",
    "Trust",
    "Window",
    "WindowStatistic",
    "__version__",
    "connect",
    "deploy",
    "import_model",
    "load",
    "open_package",
    "pack",
    "send",
]

_PLACES = {
    "GateResult": "opcua_ml.domain.gate",
    "LoadedModel": "opcua_ml.runtime.contract.model",
    "Model": "opcua_ml.runtime.contract.model",
    "OpcuaMlError": "opcua_ml.domain.errors",
    "Package": "opcua_ml.runtime.package.package",
    "Trialist": "opcua_ml.service.versions.custom_gates",
    "Trust": "opcua_ml.runtime.contract.trust",
    "Window": "opcua_ml.domain.signature",
    "WindowStatistic": "opcua_ml.domain.signature",
    "connect": "opcua_ml.service.versions.remote",
    "deploy": "opcua_ml.service.versions.remote",
    "import_model": "opcua_ml.runtime.imports.model_file",
    "load": "opcua_ml.runtime.loading.load",
    "open_package": "opcua_ml.runtime.package.package",
    "pack": "opcua_ml.runtime.packing.pack",
    "send": "opcua_ml.service.versions.remote",
}


def __getattr__(name: str) -> Any:
    """Import at the first use: scikit-learn alone takes a second, which services with ONNX models save."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  reads files of the installation

        return version("opcua-ml")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
