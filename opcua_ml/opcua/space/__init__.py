"""Nodes as this server shows them: names, blueprints, variables, and what is answered to a call."""
