"""Rental: what to charge per day for a shared car, and how much time to leave between two rentals.

For car owners and the operations manager. Inputs: the thirteen fields of a listing (kilometers,
horsepower, closed and open lists, equipment flags). Outputs: EUR per day with a calibrated range,
reasons in EUR, comparable listings.
"""
