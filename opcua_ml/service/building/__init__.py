"""From sections of the configuration to what they describe: models, policies, alarms, tags, connections."""
