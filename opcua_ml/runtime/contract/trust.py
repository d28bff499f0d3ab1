"""What the configuration allows when a model is loaded."""

from __future__ import annotations

from dataclasses import dataclass

UNTRUSTED_YET_KNOWN = frozenset(
    {
        "sklearn.tree._tree.Tree",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    }
)
"""Types of scikit-learn whose state, if crafted, could crash the process, though it can't run code."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Leave to load what could run foreign code; without any, only what can't is loaded.

    Attributes:
        pins: SHA-256, in lower-case hexadecimal, of artifacts or of whole packages (their content hash).
            A package in which none of them is found is refused.
        joblib: whether a pinned joblib artifact, which is a pickle, may be loaded.
    """

    pins: frozenset[str] = frozenset()
    joblib: bool = False

    @classmethod
    def of(cls, artifact_format: str, sha256: str) -> Trust:
        """Trust in one file, as the configuration's table `trust` gives it."""
        return cls(frozenset({sha256}), joblib=artifact_format == "joblib")


NO_TRUST = Trust()
