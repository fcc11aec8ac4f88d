"""The card of rental: everything the product contributes, in one place."""
