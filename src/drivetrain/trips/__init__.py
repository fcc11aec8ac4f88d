"""Trips: how long a trip will take, in minutes, with a calibrated range.

For planners. Inputs: pick-up and drop-off area, start instant. Outputs: minutes with a calibrated range.
"""
