"""The PLC's OPC UA server."""
