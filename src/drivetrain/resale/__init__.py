"""Resale: what a car is worth, and which kind of buyer is looking at it.

For dealers, sellers and marketing. Inputs: a car's description. Outputs: a price in the currency of
its market with a calibrated range, reasons in money, comparable cars and a price band.
"""
