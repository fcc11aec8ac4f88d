"""Tasks of conversations."""

from __future__ import annotations

SWEEP_CONVERSATIONS = "market.sweep-conversations"
