"""Verdicts of models as results of OPC 40001-101 (Machinery Result): what quality systems fetch."""

from .display import show_results
from .evaluation import VERDICTS
from .management import RESULT_URI

__all__ = ["RESULT_URI", "VERDICTS", "show_results"]
