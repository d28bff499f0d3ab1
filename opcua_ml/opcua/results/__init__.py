"""Verdicts of models as results of OPC 40001-101 (Machinery Result): what quality systems fetch."""

from .evaluation import VERDICTS
from .management import RESULT_URI
from .show import show_results

__all__ = ["RESULT_URI", "VERDICTS", "show_results"]
