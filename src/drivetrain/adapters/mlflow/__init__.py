"""MLflow as the model registry and tracker."""
