"""People of a running platform, for tests of the web app: one of each role, with a password, and signed in for a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.support.platform import RunningPlatform

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
