"""The life of a model: datasets, contracts, features, training, artifacts, registry, predictions."""
