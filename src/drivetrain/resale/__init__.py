"""Resale: what a used car is worth, and which kind of buyer is looking at it (not built yet).

For dealers, sellers and marketing. Inputs: a car's description. Outputs: a price in the currency of
its market with a calibrated range; a segment.
"""
