"""``python -m opcua_ml_simulator``."""

from opcua_ml_simulator.cli import app

if __name__ == "__main__":
    app(prog_name="python -m opcua_ml_simulator")
