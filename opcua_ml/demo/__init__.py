"""A plant and a service in one command: a simulated pump station, its models, and the truth beside them."""
