"""The card of market: everything the product contributes, in one place."""
