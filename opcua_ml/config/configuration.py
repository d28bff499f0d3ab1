"""The whole configuration, as it stands in one file."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from opcua_ml.config.alarm import AlarmsSection
from opcua_ml.config.history import HistorySection
from opcua_ml.config.model import ModelSection
from opcua_ml.config.plc import PlcSection
from opcua_ml.config.section import Name, Section, empty_table
from opcua_ml.config.server import ServerSection
from opcua_ml.config.store import StoreSection


class LoggingSection(Section):
    """What the service tells of itself on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"
    """For people, or one JSON object per line for machines."""


class Configuration(Section):
    """Everything that the service is told; `load` makes it and checks what only the whole can show."""

    server: ServerSection = Field(default_factory=empty_table)
    plcs: Mapping[Name, PlcSection] = {}
    models: Mapping[Name, ModelSection] = {}
    store: StoreSection = Field(default_factory=empty_table)
    alarms: AlarmsSection = Field(default_factory=empty_table)
    history: HistorySection = Field(default_factory=empty_table)
    logging: LoggingSection = LoggingSection()
