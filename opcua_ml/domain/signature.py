"""What goes into a model and what comes out: the one truth that arguments, nodes and checks derive from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from opcua_ml.domain.figure import figure


class Task(StrEnum):
    """What a model is for."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    ANOMALY_DETECTION = "anomaly detection"
    CLUSTERING = "clustering"
    FORECAST = "forecast"


class DataType(StrEnum):
    """The built-in types of OPC UA that an input or output can have (Part 6, 5.1.2)."""

    BOOLEAN = "Boolean"
    SBYTE = "SByte"
    BYTE = "Byte"
    INT16 = "Int16"
    UINT16 = "UInt16"
    INT32 = "Int32"
    UINT32 = "UInt32"
    INT64 = "Int64"
    UINT64 = "UInt64"
    FLOAT = "Float"
    DOUBLE = "Double"
    STRING = "String"


INTEGER_LIMITS: dict[DataType, tuple[int, int]] = {
    DataType.SBYTE: (-(2**7), 2**7 - 1),
    DataType.BYTE: (0, 2**8 - 1),
    DataType.INT16: (-(2**15), 2**15 - 1),
    DataType.UINT16: (0, 2**16 - 1),
    DataType.INT32: (-(2**31), 2**31 - 1),
    DataType.UINT32: (0, 2**32 - 1),
    DataType.INT64: (-(2**63), 2**63 - 1),
    DataType.UINT64: (0, 2**64 - 1),
}
FLOATING = frozenset({DataType.FLOAT, DataType.DOUBLE})


@dataclass(frozen=True, slots=True)
class Range:
    """A closed interval in the unit of its input or output; `low` is less than `high`."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{figure(self.low)} to {figure(self.high)}"


class WindowStatistic(StrEnum):
    """What a window is reduced to.

    `slope` is per second, by least squares; `lag` is the oldest value: `(samples - 1) * period` seconds old.
    """

    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    STANDARD_DEVIATION = "standard deviation"
    SLOPE = "slope"
    LAG = "lag"


class WindowFill(StrEnum):
    """What brings a window its values: the model's triggers, one each, or the passing of time."""

    TRIGGER = "trigger"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Window:
    """The last values of an input; the newest stands last.

    Attributes:
        samples: how many.
        period: seconds between two of them, as training had it.
        statistic: the one number that the model takes for them, or None where it takes them all.
        fill: by the model's triggers, or by time: then every value is the tag's at a multiple of the period
            before the newest, however often the tag changes and the model is triggered.
    """

    samples: int
    period: float = 1.0
    statistic: WindowStatistic | None = None
    fill: WindowFill = WindowFill.TRIGGER

    @classmethod
    def of_seconds(
        cls, seconds: float, *, period: float = 1.0, statistic: WindowStatistic | None = None
    ) -> Window:
        """The window over the last `seconds`, filled by time with a value every `period` seconds."""
        return cls(max(1, round(seconds / period)), period, statistic, WindowFill.TIME)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What training saw of one numeric input, for ranges shown and for drift later.

    Attributes:
        count: rows with a value.
        missing: rows without one.
        mean, standard_deviation, minimum, maximum: in the input's unit.
        quantiles: values at the probabilities 0.05, 0.25, 0.5, 0.75 and 0.95.
    """

    count: int
    missing: int
    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What displays are told of an input or output; nothing is decided by it.

    Attributes:
        display_name: in place of the name; a Wording where there are several languages.
        instrument_range: what the instrument can tell, in the unit.
        value_precision: decimal places that count; negative for places before the decimal point.
        definition: how the value comes about.
        category_names: of the classes, in the order of `categories`; empty for the categories themselves.
    """

    display_name: str = ""
    instrument_range: Range | None = None
    value_precision: float | None = None
    definition: str = ""
    category_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a model.

    Attributes:
        name: unique in the signature; becomes the argument's, node's and column's name.
        data_type: of one value.
        description: for the engineer who browses.
        unit: UNECE code (OPC UA Part 8, 5.6.3), or None for a number without one.
        range: declared engineering range; a value outside is refused, clamped or marked, as configured.
        categories: the only values allowed, for a categorical input.
        window: present where the model wants the last values in place of one.
        allow_missing: whether the model takes NaN for «not known».
        statistics: of the training data.
        details: for displays.
    """

    name: str
    data_type: DataType = DataType.DOUBLE
    description: str = ""
    unit: str | None = None
    range: Range | None = None
    categories: tuple[str | int | bool, ...] = ()
    window: Window | None = None
    allow_missing: bool = False
    statistics: Statistics | None = None
    details: Details = Details()

    @property
    def length(self) -> int:
        """Values per row: 1, or the samples of a window that is not reduced to one number."""
        return self.window.samples if self.window and self.window.statistic is None else 1

    @property
    def is_array(self) -> bool:
        """Whether a row has an array in this place, of `length` values."""
        return self.window is not None and self.window.statistic is None


class OutputRole(StrEnum):
    """What an output means; clients see it as the node's kind."""

    VALUE = "value"  # a regression's number, a forecast's horizon
    LABEL = "label"  # the class, as an index into `categories`
    PROBABILITIES = "probabilities"  # one per class, in the order of `categories`
    CONFIDENCE = "confidence"  # probability of the class given
    SCORE = "score"  # of an anomaly: greater is stranger
    ANOMALY = "anomaly"  # Boolean: whether the score is over the threshold
    CLUSTER = "cluster"  # the cluster's number
    DISTANCE = "distance"  # to the nearest cluster's centre


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a model; `length` > 1 is an array of that many values.

    Attributes:
        categories: of a label or of probabilities: the class names, in the order of their indices.
        range: where values of this output usually are: shown as EURange.
        details: for displays.
    """

    name: str
    role: OutputRole = OutputRole.VALUE
    data_type: DataType = DataType.DOUBLE
    description: str = ""
    unit: str | None = None
    range: Range | None = None
    categories: tuple[str, ...] = ()
    length: int = 1
    details: Details = Details()


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs of a model, in the order in which rows, arguments and results have them."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The inputs' names, in order."""
        return tuple(item.name for item in self.inputs)

    @property
    def is_numeric(self) -> bool:
        """Whether a row of inputs is a row of a matrix of Doubles."""
        return all(item.data_type is not DataType.STRING for item in self.inputs)

    def input(self, name: str) -> Input:
        """The input of that name; ValueError if there is none."""
        return self.inputs[self.names.index(name)]
