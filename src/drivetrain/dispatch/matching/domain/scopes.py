"""The right to have riders matched."""

from __future__ import annotations

from drivetrain.core.access import Scope

DISPATCH_MATCH = Scope("dispatch:match", frozenset({"client", "operator"}))
"""Its answers say how far drivers are from a place, so it is not for everybody who may ask for a price."""
