"""The card of dispatch: everything the product contributes, in one place.

Not built yet: it contributes nothing.
"""

from __future__ import annotations

from drivetrain.lifecycle.kit.products import ProductCard

CARD = ProductCard(name="dispatch", summary="Which driver gets which rider, now.")
