"""What an estimator takes and gives, in the manifest's tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from opcua_ml.runtime.package.card import signature_of

if TYPE_CHECKING:
    from opcua_ml.domain.signature import Signature
    from opcua_ml.runtime.package.manifest import Manifest
    from opcua_ml.runtime.package.parts import FeaturesPart, InputPart, Method, OutputPart


@dataclass(frozen=True)
class Contract:
    """The estimator's columns, the inputs that fill them, and the outputs made of its methods' results."""

    features: FeaturesPart
    inputs: tuple[InputPart, ...]
    outputs: tuple[OutputPart, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> Contract:
        """The contract that a manifest tells."""
        return cls(manifest.features, manifest.inputs, manifest.outputs)

    @cached_property
    def signature(self) -> Signature:
        """The same without what only estimators know."""
        return signature_of(self.inputs, self.outputs)

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """The estimator's methods that the outputs come from, each once."""
        return tuple(dict.fromkeys(output.source.method for output in self.outputs))
