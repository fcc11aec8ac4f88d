"""Names of the background tasks of notifications."""

from __future__ import annotations

DELIVER_MAIL = "accounts.deliver-mail"
DELIVER_WEBHOOKS = "accounts.deliver-webhooks"
LOOK_AFTER = "accounts.look-after-messages"

MAILS_AT_A_TIME = 100
"""Further mails that one task sends; after them others have their turn."""
