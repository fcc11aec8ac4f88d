"""The message by which people learn that somebody wrote to them."""

from __future__ import annotations

NEW_MESSAGE = "new_message"
"""One for each conversation, until it is read."""
