"""Market: which used cars are on sale, and which of them somebody is looking for.

For buyers, dealers and admins. Inputs: listings of dealers. Outputs: listings with their history, pages of search
with counts, similar cars with reasons. Recommendations, alerts, reviews, conversations and insight are not built yet.
"""
