"""The card of accounts: everything the product contributes, in one place."""

from __future__ import annotations

from drivetrain.lifecycle.kit.products import ProductCard

CARD = ProductCard(
    name="accounts",
    summary="Who works with the platform, and what each of them may do.",
    migrations=(
        "drivetrain.accounts.people.adapters.migrations",
        "drivetrain.accounts.sessions.adapters.migrations",
    ),
)
