"""From a model that other tools saved, with a manifest beside it, to a package."""
