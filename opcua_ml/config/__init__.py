"""The configuration: frozen sections, read from one TOML file and checked before anything else happens."""

from opcua_ml.config.alarm import AlarmSection, AlarmsSection, StandardAlarmSection
from opcua_ml.config.configuration import Configuration, LoggingSection
from opcua_ml.config.endpoint import endpoint_fault
from opcua_ml.config.gates import EvaluationSection, GatesSection, MappingSection, Metric
from opcua_ml.config.history import HistorySection
from opcua_ml.config.input_tag import InputTag, JoinSection
from opcua_ml.config.load import load, parse
from opcua_ml.config.mlflow import MlflowSection
from opcua_ml.config.model import ArtifactFormat, ModelSection, TrustSection, Worker
from opcua_ml.config.output_tag import OutputTag
from opcua_ml.config.plc import HeartbeatSection, PlcSection
from opcua_ml.config.postgresql import PostgresqlSection
from opcua_ml.config.problems import ConfigurationRefused, problem
from opcua_ml.config.results import ResultsSection, ResultTag
from opcua_ml.config.schema import schema
from opcua_ml.config.server import (
    AnonymousAccess,
    AuditDurability,
    AuditSection,
    SecurityMode,
    SecurityPolicy,
    SecuritySection,
    ServerSection,
)
from opcua_ml.config.store import StoreSection
from opcua_ml.config.suggestion import did_you_mean, unknown_name
from opcua_ml.config.tag import NodeAddress, Tag
from opcua_ml.config.trigger import (
    ChangeTrigger,
    HandshakeTrigger,
    LeadingTrigger,
    MethodTrigger,
    PeriodTrigger,
    Trigger,
)

__all__ = [
    "AlarmSection",
    "AlarmsSection",
    "AnonymousAccess",
    "ArtifactFormat",
    "AuditDurability",
    "AuditSection",
    "ChangeTrigger",
    "Configuration",
    "ConfigurationRefused",
    "EvaluationSection",
    "GatesSection",
    "HandshakeTrigger",
    "HeartbeatSection",
    "HistorySection",
    "InputTag",
    "JoinSection",
    "LeadingTrigger",
    "LoggingSection",
    "MappingSection",
    "MethodTrigger",
    "Metric",
    "MlflowSection",
    "ModelSection",
    "NodeAddress",
    "OutputTag",
    "PeriodTrigger",
    "PlcSection",
    "PostgresqlSection",
    "ResultTag",
    "ResultsSection",
    "SecurityMode",
    "SecurityPolicy",
    "SecuritySection",
    "ServerSection",
    "StandardAlarmSection",
    "StoreSection",
    "Tag",
    "Trigger",
    "TrustSection",
    "Worker",
    "did_you_mean",
    "endpoint_fault",
    "load",
    "parse",
    "problem",
    "schema",
    "unknown_name",
]
