"""The shared HTTP edge: problems, authentication, strict JSON, metrics and routes every product has."""
