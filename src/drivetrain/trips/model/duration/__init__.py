"""How long a trip between two areas takes, in minutes, with a calibrated range."""
