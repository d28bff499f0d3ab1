"""Alarms and Conditions of OPC UA Part 9: condition instances, their events, and what operators call."""
