"""What `opcua-ml check` asks beyond the file itself."""

from opcua_ml.service.models import package_problems

__all__ = ["package_problems"]
