"""What is known of one version of a model: its card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opcua_ml.domain.signature import Signature, Task


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Identification of a model's version, as its manifest tells it.

    Attributes:
        name: of the model; the same for all its versions.
        version: semantic version as text.
        content_hash: SHA-256 of the manifest, hexadecimal: it names every byte of the package, as the
            manifest holds the hash of every other file.
        framework: library and version that fitted the estimator, such as «scikit-learn 1.9.1».
        trained_at: timezone-aware UTC, or None where unknown.
        training_data_hash: SHA-256 of the training data, hexadecimal, or empty.
        description, display_name: for people; a Wording where there are several languages.
        metrics: name to number, measured on data that training had not seen.
        code_revision: of the code that trained it, or empty.
        parameters: of the estimator and its steps, as texts.
        environment: where it was packed: Python, platform, libraries.
    """

    name: str
    version: str
    task: Task
    signature: Signature
    content_hash: str
    description: str = ""
    display_name: str = ""
    framework: str = ""
    estimator: str = ""
    trained_at: datetime | None = None
    training_data_hash: str = ""
    author: str = ""
    license: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    code_revision: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
