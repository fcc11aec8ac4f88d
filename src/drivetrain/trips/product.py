"""The card of trips: everything the product contributes, in one place. Not built yet: it contributes nothing."""

from __future__ import annotations

from drivetrain.lifecycle.products import ProductCard

CARD = ProductCard(name="trips", summary="How long a trip will take, scored on a schedule.")
