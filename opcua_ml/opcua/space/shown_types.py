"""What clients see of inputs and outputs: their data types and ranges."""

from __future__ import annotations

from opcua_ml.domain.signature import FLOATING, DataType, Input, Output, OutputRole, Range

_PROBABILITY = Range(0.0, 1.0)


def input_range(item: Input) -> Range | None:
    """The declared range, else what training saw, else none."""
    if item.range is not None:
        return item.range
    seen = item.statistics
    if seen is not None and seen.minimum < seen.maximum:
        return Range(seen.minimum, seen.maximum)
    return None


def output_range(item: Output) -> Range | None:
    """The declared range; probabilities have theirs by nature."""
    if item.range is None and item.role in (OutputRole.PROBABILITIES, OutputRole.CONFIDENCE):
        return _PROBABILITY
    return item.range


def input_data_type(item: Input) -> DataType:
    """What clients see: the statistic of a window is a Double, whatever its members are."""
    reduced = item.window is not None and not item.is_array
    return DataType.DOUBLE if reduced else item.data_type


def output_data_type(item: Output) -> DataType:
    """What clients see: a label is the index of its class, an anomaly a Boolean, a cluster a whole number."""
    if item.role is OutputRole.LABEL and item.categories:
        return DataType.UINT32
    if item.role is OutputRole.ANOMALY:
        return DataType.BOOLEAN
    if item.role is OutputRole.CLUSTER and item.data_type in FLOATING:
        return DataType.INT32
    return item.data_type


def is_multi_state_value(item: Input) -> bool:
    """Whether the input is a whole number of which only some are allowed."""
    return bool(item.categories) and item.data_type not in (DataType.BOOLEAN, DataType.STRING)
