"""From a checked table to a packed candidate: features, training, gate, artifacts."""
