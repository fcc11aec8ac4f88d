"""Dispatch: which driver gets which rider, now.

For the riders' app and the dispatch desk. Inputs: requests and driver positions (latitude before
longitude, degrees). Outputs: assignments with a pick-up time in seconds.
"""
