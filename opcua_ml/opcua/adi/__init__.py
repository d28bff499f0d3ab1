"""Models as the prediction service of ADI: what chemometrics clients know (OPC 10020, Annex G)."""

from .display import show_prediction_service

__all__ = ["show_prediction_service"]
