"""Market: which listings to show to whom (not built yet).

For buyers, dealers and admins. Inputs: listings and the interaction log. Outputs: ranked listings, alerts.
"""
