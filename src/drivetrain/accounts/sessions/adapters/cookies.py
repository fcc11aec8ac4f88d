"""The cookies of a session, of a known browser, and of a sign-in that was begun at an identity provider."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from drivetrain.accounts.sessions.domain.provider import ATTEMPT_LIFE
from drivetrain.core.audit import CLIENT_HOST

_DEVICE_S = 180 * 86_400


@dataclass(frozen=True, slots=True)
class SessionCookies:
    """Sets and reads them. The names carry the installation, because browsers share cookies between ports.

    Attributes:
        installation: a few letters that no other installation has.
        is_insecure: whether browsers of this machine get them without ``Secure``.
    """

    installation: str
    is_insecure: bool

    @property
    def session(self) -> str:
        """Name of the session's cookie; the prefix makes browsers refuse one that another host or path has set."""
        return f"{'' if self.is_insecure else '__Host-'}drivetrain-{self.installation}"

    @property
    def device(self) -> str:
        """Name of the cookie of a known browser."""
        return f"{self.session}-device"

    @property
    def attempt(self) -> str:
        """Name of the cookie of a sign-in that was begun at an identity provider."""
        return f"{self.session}-provider"

    def set_session(self, answer: Response, secret: str, *, device: str = "") -> None:
        """Give a browser its session until the browser ends, and what it is known by for longer."""
        is_secure = self._is_secure()
        answer.set_cookie(self.session, secret, path="/", secure=is_secure, httponly=True, samesite="lax")
        if device:
            answer.set_cookie(
                self.device,
                device,
                max_age=_DEVICE_S,
                path="/",
                secure=is_secure,
                httponly=True,
                samesite="strict",
            )

    def set_attempt(self, answer: Response, sealed: str) -> None:
        """Give a browser the attempt that it has begun. Only our own page brings it back, after the provider's."""
        answer.set_cookie(
            self.attempt,
            sealed,
            max_age=int(ATTEMPT_LIFE.total_seconds()),
            path="/",
            secure=self._is_secure(),
            httponly=True,
            samesite="strict",
        )

    def forget_attempt(self, answer: Response) -> None:
        """Take the attempt from a browser."""
        answer.delete_cookie(
            self.attempt, path="/", secure=not self.is_insecure, httponly=True, samesite="strict"
        )

    def forget_session(self, answer: Response) -> None:
        """Take the session from a browser."""
        answer.delete_cookie(
            self.session, path="/", secure=not self.is_insecure, httponly=True, samesite="lax"
        )

    def session_in(self, request: Request) -> str:
        """The session of a request; empty where it has none."""
        return request.cookies.get(self.session, "")

    def device_in(self, request: Request) -> str:
        """By what the browser of a request is known; empty where it is not."""
        return request.cookies.get(self.device, "")

    def attempt_in(self, request: Request) -> str:
        """The sealed attempt of a request; empty where it has none."""
        return request.cookies.get(self.attempt, "")

    def _is_secure(self) -> bool:
        return not (self.is_insecure and _is_loopback(CLIENT_HOST.get()))


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
