"""The card of trips: everything the product contributes, in one place."""
