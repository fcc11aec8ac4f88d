"""Price per day of a rental car, in EUR, with a calibrated range."""
