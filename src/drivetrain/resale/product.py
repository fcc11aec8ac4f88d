"""The card of resale: everything the product contributes, in one place."""
