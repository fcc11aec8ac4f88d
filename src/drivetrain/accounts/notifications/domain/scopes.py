"""The rights of notifications."""

from __future__ import annotations

from drivetrain.core.access import PersonRole, Scope

NOTIFICATIONS_READ = Scope(
    "notifications:read",
    frozenset(
        {
            PersonRole.BUYER,
            PersonRole.DEALER,
            PersonRole.COMPANY_ADMIN,
            PersonRole.MODERATOR,
            PersonRole.OPERATOR,
            PersonRole.ANALYST,
        }
    ),
)
"""One's own notifications, and what one wants to be told."""

WEBHOOKS_MANAGE = Scope("webhooks:manage", frozenset({PersonRole.COMPANY_ADMIN, PersonRole.OPERATOR}))
"""Webhooks of oneself, of one's company, and of the installation for who belongs to none."""

MAILS_READ = Scope("mails:read")
"""Recipients, subjects and states of all mails; never what they say."""

NOTIFICATION_SCOPES = (NOTIFICATIONS_READ, WEBHOOKS_MANAGE, MAILS_READ)
