"""The OPC UA types of this project: their description, the builder, and what it builds."""
