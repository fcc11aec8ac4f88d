"""Sending what waits for a subscription, one message after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.notifications.application.ports import (
    WebhookAnswer,
    WebhookInHand,
    WebhookSender,
    WebhookStore,
)
from drivetrain.accounts.notifications.domain.retries import Backoff
from drivetrain.accounts.notifications.domain.signatures import signed_headers
from drivetrain.accounts.notifications.domain.webhooks import read_endpoint
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import Clock

GONE = 410
"""A receiver says with this status that it wants no more (Standard Webhooks)."""

MOST_AT_A_TIME = 200
"""Messages that one call sends; after them others have their turn."""


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Send the messages of one subscription in their order; one that is not accepted holds those behind it.

    Attributes:
        allow_loopback: whether this machine itself may be a receiver; for development.
        jitter: gives numbers in [0, 1).
    """

    webhooks: WebhookStore
    sender: WebhookSender
    backoff: Backoff
    allow_loopback: bool
    clock: Clock
    jitter: Callable[[], float]

    def __call__(self, subscription: UUID) -> tuple[int, bool]:
        """How many messages were accepted, and whether more are due now.

        Raises:
            UnavailableError: the database cannot be reached, or a secret cannot be opened.
        """
        accepted = 0
        while accepted < MOST_AT_A_TIME:
            with self.webhooks.take(subscription, self.clock.now()) as in_hand:
                if in_hand is None or not self._deliver(in_hand):
                    return accepted, False
                accepted += 1
        return accepted, True

    def _deliver(self, in_hand: WebhookInHand) -> bool:
        """Whether the message was accepted."""
        webhook = in_hand.webhook
        answer = self._asked(in_hand)
        now = self.clock.now()
        if answer.is_accepted:
            in_hand.accept(now)
            return True
        failing_since = webhook.failing_since or now
        if answer.status == GONE or self.backoff.is_over(failing_since, now):
            in_hand.disable(failing_since, answer.why)
        else:
            wait = self.backoff.wait(webhook.failures + 1, self.jitter())
            in_hand.postpone(now + wait, failing_since, answer.why)
        return False

    def _asked(self, in_hand: WebhookInHand) -> WebhookAnswer:
        webhook = in_hand.webhook
        try:
            endpoint = read_endpoint(webhook.url, allow_loopback=self.allow_loopback)
        except InvalidInputError as error:  # the settings, or the rules of a newer release
            return WebhookAnswer(0, error.detail)
        body = webhook.body.encode()
        headers = signed_headers(str(webhook.message_id), self.clock.now(), body, webhook.signing_secrets)
        return self.sender.post(endpoint, headers, body)
