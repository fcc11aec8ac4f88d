"""Price of a car of 1985 in USD, with a calibrated range and its price band."""
