"""`python -m opcua_ml`: the same as the command `opcua-ml`."""

import sys

from opcua_ml.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
