"""What the demo tells at its end."""

from __future__ import annotations

from opcua_ml.cli.demo import summary_text


def test_counts_are_whole_numbers() -> None:
    """However many there are; shares have three digits."""
    model = {
        "version": "1.0.0",
        "latency_ms": {"p50": 1, "p99": 2},
        "score": {"compared": 1234, "accuracy": 0.98765},
    }
    told = summary_text({"predictions": 1234, "rejected": 0, "models": {"pump_fault": model}})
    assert told.endswith("pump_fault 1.0.0: p50 1 ms, p99 2 ms; compared 1234, accuracy 0.988")
