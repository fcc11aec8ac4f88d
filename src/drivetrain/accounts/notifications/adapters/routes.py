"""The routes of notifications, built from the ports of a serving process."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from drivetrain.accounts.notifications.adapters.http import mail_routes, notification_routes
from drivetrain.accounts.notifications.adapters.mail_list import MailList
from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications
from drivetrain.accounts.notifications.adapters.sealing import WEBHOOK_KEY, Seal
from drivetrain.accounts.notifications.adapters.settings import SmtpSettings, WebhookSettings
from drivetrain.accounts.notifications.adapters.subscriptions import PostgresSubscriptions
from drivetrain.accounts.notifications.adapters.unsubscribe_http import unsubscribe_routes
from drivetrain.accounts.notifications.adapters.unsubscribing import UNSUBSCRIBE_KEY
from drivetrain.accounts.notifications.adapters.webhook_http import webhook_routes
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.lifecycle.kit.installation import Installation


def notifications_routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    """All routes of the capability."""
    reader = PostgresNotifications(ports.engine, ports.clock)
    seal = Seal(installation.derived_key(WEBHOOK_KEY))
    subscriptions = PostgresSubscriptions(ports.engine, ports.queue, seal, ports.audit, ports.clock)
    allow_loopback = installation.settings(WebhookSettings).allow_loopback
    return [
        notification_routes(reader),
        webhook_routes(subscriptions, allow_loopback=allow_loopback),
        unsubscribe_routes(reader, installation.derived_key(UNSUBSCRIBE_KEY)),
        mail_routes(MailList(ports.engine, installation.settings(SmtpSettings).sender_name)),
    ]
