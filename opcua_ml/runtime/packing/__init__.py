"""From a fitted estimator and its data to a package, with the signature inferred."""
