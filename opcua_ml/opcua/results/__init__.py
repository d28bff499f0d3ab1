"""Verdicts of models as results of OPC 40001-101 (Machinery Result): what quality systems fetch."""

from .show import show_results

__all__ = ["show_results"]
