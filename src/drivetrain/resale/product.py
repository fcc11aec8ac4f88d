"""The card of resale: everything the product contributes, in one place. Not built yet: it contributes nothing."""

from __future__ import annotations

from drivetrain.lifecycle.products import ProductCard

CARD = ProductCard(name="resale", summary="What a used car is worth, and which kind of buyer is looking at it.")
