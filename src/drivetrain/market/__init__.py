"""Market: which used cars are on sale, and which of them somebody is looking for.

For buyers, dealers, moderators and admins. Inputs: listings of dealers. Outputs: listings with their history, value and
deal rating; pages of search with counts; similar cars with reasons; comparisons; figures of the stock. Recommendations,
alerts, reviews and conversations are not built yet.
"""
