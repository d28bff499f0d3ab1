"""From a package to a model that has proved itself."""
