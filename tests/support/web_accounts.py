"""People of a running platform, for tests of the web app: one of each role, with a password, and signed in for a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import httpx
from tests.support.platform import RunningPlatform, eventually

PASSWORD = "kettle sofa ninety rivers"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Makes a person of a role when one is first asked for."""

    platform: RunningPlatform
    _ids: dict[str, str] = field(default_factory=dict)

    def email(self, role: str, name: str | None = None) -> str:
        """The address of the person of a role; the password is `PASSWORD`.

        Args:
            name: of the person, where others of the role are to stay as they are.
        """
        name = name or role
        email = f"{name}@example.org"
        if name not in self._ids:
            with self.platform.client() as client:
                entry = {"email": email, "name": name.title(), "roles": [role]}
                made = client.post("/people", json=entry).raise_for_status().json()
                choice = {"link": made["link"].partition("#")[2], "password": PASSWORD}
                client.post("/welcomes", json=choice).raise_for_status()
            self._ids[name] = made["person_id"]
        return email

    def signed_in(self, role: str, name: str | None = None) -> dict[str, Any]:
        """The state of a browser in which the person of a role has signed in: option ``storage_state`` of a context."""
        credentials = {"email": self.email(role, name), "password": PASSWORD}
        answer = httpx.post(f"{self.platform.address}/sessions", json=credentials, verify=False, timeout=60)
        cookies = answer.raise_for_status().cookies.items()
        return {"cookies": [_cookie(name, value) for name, value in cookies], "origins": []}

    def take_role(self, name: str, role: str) -> None:
        """Take a role from somebody."""
        with self.platform.client() as client:
            client.delete(f"/people/{self._ids[name]}/roles/{role}").raise_for_status()


MAILED_WITHIN_S = 120
DEALER = "dora@example.org"
"""Joins a company by `join_as_dealer`."""

_INVITATION = re.compile(r"/invitation#([\w.~-]+)")


def join_as_dealer(platform: RunningPlatform, company: str) -> None:
    """Let a dealer accept the invitation to a company, by the link of the mail."""
    with platform.client() as client:
        offer = {"role": "dealer", "email": DEALER, "name": "Dora"}
        client.post(f"/companies/{company}/invitations", json=offer).raise_for_status()
        links: list[str] = []

        def is_mailed() -> bool:
            links.extend(_links_mailed(platform, DEALER))
            return bool(links)

        assert eventually(is_mailed, MAILED_WITHIN_S, every_s=0.2)
        choice = {"link": links[-1], "password": PASSWORD}
        client.post("/invitations/acceptances", json=choice).raise_for_status()


@contextmanager
def acting_for(platform: RunningPlatform, email: str, company: str | None) -> Iterator[httpx.Client]:
    """A client with a session of somebody that acts for a company; for none where it is None."""
    of_a_page = {"Origin": platform.address, "X-Drivetrain-Client": "web"}
    with httpx.Client(base_url=platform.address, headers=of_a_page, verify=False, timeout=60) as client:
        for method, path, entry in (
            ("POST", "/sessions", {"email": email, "password": PASSWORD}),
            ("PUT", "/sessions/current/company", {"company_id": company}),
        ):
            answer = client.request(method, path, json=entry).raise_for_status()
            # they are for https, and the client would keep them back here
            client.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
            client.cookies.clear()
        yield client


def state_of(client: httpx.Client) -> dict[str, Any]:
    """The state of a browser with the session of a client of `acting_for`."""
    pairs = [cookie.split("=", 1) for cookie in client.headers["Cookie"].split("; ")]
    return {"cookies": [_cookie(name, value) for name, value in pairs], "origins": []}


def _links_mailed(platform: RunningPlatform, recipient: str) -> list[str]:
    """The secrets of the invitations that lie in the outbox for somebody, in no order."""
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (platform.home / "outbox").glob("*.eml")
    ]
    bodies = [mail.get_body(("plain",)) for mail in mails if recipient in str(mail["To"])]
    return [
        match[1] for body in bodies if body is not None for match in _INVITATION.finditer(body.get_content())
    ]


def _cookie(name: str, value: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": True,
        "sameSite": "Lax",
    }
