"""The card of dispatch: everything the product contributes, in one place."""
