"""Which kind of buyer this is."""
