"""What a used car is worth in the United Kingdom, Australia or India, with a calibrated range."""
