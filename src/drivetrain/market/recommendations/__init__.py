"""What buyers look at and like, and which live cars each of them may want to see next."""
