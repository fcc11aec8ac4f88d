"""Sending a webhook to an address that somebody else chose."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from drivetrain.accounts.notifications.application.ports import WebhookAnswer
from drivetrain.adapters.outgoing.public_http import OutgoingRequest, PublicHttp, Resolve, resolved
from drivetrain.core.endpoints import Endpoint

TOTAL_S = 15.0
_ANSWER_BYTES = 64 * 1024
_USER_AGENT = "drivetrain-webhooks"


class HttpWebhookSender:
    """Posts to addresses of the public internet alone; the answer is not read to its end when it is long.

    Args:
        allow_loopback: whether this machine itself may be a receiver; for development.
        trust: certificates to trust; those of the system when None.
        total_s: longest time for one attempt, resolving included, seconds.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolved,
        total_s: float = TOTAL_S,
    ) -> None:
        self._http = PublicHttp(allow_loopback=allow_loopback, trust=trust, resolve=resolve, total_s=total_s)

    def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send a body once. Blocking; not for a thread that runs an event loop."""
        size = 0

        def take(_: int, part: bytes) -> bool:
            nonlocal size
            size += len(part)
            return size <= _ANSWER_BYTES

        own = {**headers, "Content-Type": "application/json", "User-Agent": _USER_AGENT}
        answer = self._http.ask(OutgoingRequest("POST", endpoint, own, body), take)
        if answer.failure:
            return WebhookAnswer(0, answer.failure)
        if 200 <= answer.status < 300:
            return WebhookAnswer(answer.status, "")
        what = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        return WebhookAnswer(answer.status, f"The receiver answered {answer.status}{what}.")
