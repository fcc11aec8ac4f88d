"""The background tasks of notifications."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.links import TokenLinks
from drivetrain.accounts.notifications.adapters.mail_store import PostgresMails
from drivetrain.accounts.notifications.adapters.mailers import open_mailer, sender_of
from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications
from drivetrain.accounts.notifications.adapters.sealing import WEBHOOK_KEY, Seal
from drivetrain.accounts.notifications.adapters.sender import HttpWebhookSender
from drivetrain.accounts.notifications.adapters.settings import SmtpSettings, WebhookSettings
from drivetrain.accounts.notifications.adapters.templates import worded
from drivetrain.accounts.notifications.adapters.unsubscribing import UNSUBSCRIBE_KEY, PageLinks
from drivetrain.accounts.notifications.adapters.webhook_rows import defer_webhooks
from drivetrain.accounts.notifications.adapters.webhook_store import PostgresWebhooks
from drivetrain.accounts.notifications.application.deliver_mail import DeliverMail
from drivetrain.accounts.notifications.application.deliver_webhooks import DeliverWebhooks
from drivetrain.accounts.notifications.domain.retries import MAIL, WEBHOOK
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL, MAILS_AT_A_TIME
from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.people.adapters.use_cases import TOKEN_KEY, link_address
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts

OVERDUE = timedelta(minutes=1)
"""What has been due for longer has lost its task."""

KEPT = timedelta(days=90)
"""How long ended mails, accepted webhooks and read notifications are kept."""

COME_AGAIN = timedelta(seconds=1)
_MOST_AT_A_TIME = 1_000


def deliver_mail(ports: TaskPorts, arguments: Arguments, _: Progress) -> Result:
    """Send one mail of the outbox, and others that are due.

    Mails are sent one after the other. Who finds that somebody else sends leaves the mail to them, and comes again.
    """
    settings, clock, mails = (
        ports.installation.settings(SmtpSettings),
        ports.installation.clock,
        _mails(ports),
    )
    mailer = open_mailer(settings, ports.installation.folder)
    links = PageLinks(_base(ports), ports.installation.derived_key(UNSUBSCRIBE_KEY))
    deliver = DeliverMail(mails, mailer, worded, sender_of(settings), MAIL, clock, random.random, links)
    mail_id = UUID(arguments["mail_id"])
    with mails.sole_sender() as is_sole:
        if is_sole:
            states = [deliver(mail_id), *map(deliver, mails.due(clock.now(), MAILS_AT_A_TIME))]
            return dict(Counter(state.value for state in states if state is not None))
    mails.come_again(mail_id, clock.now() + COME_AGAIN)
    return {}


def deliver_webhooks(ports: TaskPorts, arguments: Arguments, _: Progress) -> Result:
    """Send what waits for one subscription."""
    settings, clock = ports.installation.settings(WebhookSettings), ports.installation.clock
    deliver = DeliverWebhooks(
        _webhooks(ports),
        HttpWebhookSender(allow_loopback=settings.allow_loopback, total_s=settings.timeout_s),
        WEBHOOK,
        settings.allow_loopback,
        clock,
        random.random,
    )
    subscription = UUID(arguments["subscription_id"])
    accepted, are_more_due = deliver(subscription)
    if are_more_due:
        with transaction(ports.database.engine) as connection:
            defer_webhooks(ports.queue, connection, subscription)
    return {"accepted": accepted}


def look_after(ports: TaskPorts, _arguments: Arguments, _: Progress) -> Result:
    """Give a new task to what has lost its own, and remove what is old."""
    now = ports.installation.clock.now()
    mails, webhooks = _mails(ports), _webhooks(ports)
    lost_mails = mails.due(now - OVERDUE, _MOST_AT_A_TIME)
    lost_webhooks = webhooks.due(now - OVERDUE, _MOST_AT_A_TIME)
    with transaction(ports.database.engine) as connection:
        for mail_id in lost_mails:
            ports.queue.defer(connection, DELIVER_MAIL, {"mail_id": str(mail_id)})
        for subscription in lost_webhooks:
            defer_webhooks(ports.queue, connection, subscription, in_line=False)
    removed = mails.remove_ended(now - KEPT) + webhooks.remove_delivered(now - KEPT)
    removed += PostgresNotifications(ports.database.engine, ports.installation.clock).remove_read(now - KEPT)
    return {"mails": len(lost_mails), "subscriptions": len(lost_webhooks), "removed": removed}


def _mails(ports: TaskPorts) -> PostgresMails:
    installation, clock = ports.installation, ports.installation.clock
    links = TokenLinks(link_address(_base(ports), installation.derived_key(TOKEN_KEY)), clock)
    return PostgresMails(ports.database.engine, ports.queue, PeopleDirectory(), links, clock)


def _base(ports: TaskPorts) -> str:
    return ports.installation.settings(PeopleSettings).public_url or ports.installation.address


def _webhooks(ports: TaskPorts) -> PostgresWebhooks:
    outbox = PostgresOutbox(ports.queue, PeopleDirectory(), ports.installation.clock)
    seal = Seal(ports.installation.derived_key(WEBHOOK_KEY))
    return PostgresWebhooks(ports.database.engine, outbox, seal)
