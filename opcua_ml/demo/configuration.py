"""The configuration of the demo: bundled models on the simulated PLC's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.config import parse

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.config import Configuration
    from opcua_ml.domain.signature import Signature

PLC = "pump"
SIMULATOR_NAMESPACE = "urn:opcua-ml:simulator"
SITE_NAMESPACE = "urn:opcua-ml:demo"

_RESULTS: dict[str, dict[str, str]] = {
    "pump_anomaly": {"score": "AnomalyScore"},
    "pump_fault": {"label": "FaultClass"},
    "pump_flow": {"flow": "PredictedFlow"},
}
_DELAYS = {"on_delay_ms": 2000, "off_delay_ms": 2000}
_ALARMS: dict[str, dict[str, dict[str, Any]]] = {
    "pump_anomaly": {"unusual": {"output": "anomaly", "off_normal": ["anomaly"], "severity": 400}},
    "pump_fault": {
        "fault": {
            "output": "label",
            "off_normal": [
                *("Cavitation", "BearingWear", "ValveStuck", "ValveClogged", "ImpellerWear", "Leak"),
                *("SensorDrift", "SensorStuck"),
            ],
        }
    },
}


def demo_configuration(
    endpoint: str, plc_endpoint: str, signatures: dict[str, Signature], folder: Path
) -> Configuration:
    """The same sections that a file would have.

    Args:
        endpoint: of the service; loopback, as one of its ways in is SecurityPolicy None for anonymous
            operators.
        plc_endpoint: of the simulator.
        signatures: of the bundled models, by name.
        folder: for certificates and the audit log; the demo has no users.
    """
    document: dict[str, Any] = {
        "server": {
            "endpoint": endpoint,
            "name": "opcua-ml demo",
            "namespace_uri": SITE_NAMESPACE,
            "security": {
                "policies": ["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"],
                "anonymous": "operator",
                "pki": str(folder / "pki"),
                "users": str(folder / "users.toml"),
                "audit": {"folder": str(folder / "audit")},
            },
        },
        "plcs": {
            PLC: {
                "endpoint": plc_endpoint,
                "namespace_uri": SIMULATOR_NAMESPACE,
                "security_policy": "None",
                "publishing_interval_ms": 100,
                "keep_alive_ms": 1000,
                "reconnect_min_ms": 250,
                "reconnect_max_ms": 2000,
                "heartbeat": {"write": "s=Results.Heartbeat"},
            }
        },
        "models": {name: _model(name, signature) for name, signature in signatures.items()},
    }
    return parse(document, source="the demo", folder=folder)


def _model(name: str, signature: Signature) -> dict[str, Any]:
    results = _RESULTS.get(name, {})
    section: dict[str, Any] = {
        "package": name,
        "inputs": {item.name: f"{PLC}:s=PumpStation.{item.name}" for item in signature.inputs},
        "outputs": {output: f"{PLC}:s=Results.{tag}" for output, tag in results.items()},
        "alarms": {alarm: table | _DELAYS for alarm, table in _ALARMS.get(name, {}).items()},
    }
    for tag in results.values():
        section["quality"] = f"{PLC}:s=Results.{tag}Quality"
    return section
