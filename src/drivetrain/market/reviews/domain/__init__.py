"""Rules of reviews: what may become of one, and what many of them say."""
