"""`python -m opcua_ml`: the same as the command `opcua-ml`."""

import sys

from opcua_ml.cli.entry import run

if __name__ == "__main__":
    sys.exit(run())
