"""The estimator itself at work, and the files that it is kept in: skops and joblib."""
