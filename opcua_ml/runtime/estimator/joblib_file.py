"""Estimators in joblib files. These are pickles: whoever loads one runs what its author wrote."""

from __future__ import annotations

import io
from typing import Any

from opcua_ml.domain.errors import ArtifactCorrupted
from opcua_ml.runtime.contract.foreign_error import told


def dump_joblib(estimator: Any) -> bytes:
    """The estimator as a joblib file."""
    import joblib  # noqa: PLC0415  services with ONNX models alone never need it

    stream = io.BytesIO()
    joblib.dump(estimator, stream)
    return stream.getvalue()


def load_joblib(data: bytes, where: str) -> Any:
    """The estimator in a joblib file; the caller has made sure that its author is trusted.

    Raises:
        ArtifactCorrupted: it can't be unpickled.
    """
    import joblib  # noqa: PLC0415  services with ONNX models alone never need it

    try:
        return joblib.load(io.BytesIO(data))
    except Exception as error:  # unpickling calls any constructor
        raise ArtifactCorrupted("the joblib file can't be loaded", where=where, found=told(error)) from error
