"""Where versions come from: registries of models. The only door to MLflow."""
