"""Trips: how long a trip will take, in minutes, scored on a schedule (not built yet).

For planners. Inputs: pick-up and drop-off area, start instant. Outputs: minutes with a calibrated range.
"""
