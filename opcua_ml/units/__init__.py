"""The only door to the units library: conversions between units that are named by UNECE codes."""

from opcua_ml.units.conversion import conversion, prepare

__all__ = ["conversion", "prepare"]
