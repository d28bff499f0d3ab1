"""Alarms of the service: who watches what, and the board on which all of them stand."""
