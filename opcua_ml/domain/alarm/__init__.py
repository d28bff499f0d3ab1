"""Alarms as state machines: when one is raised, who has seen it, when it is over."""
