"""An authenticator that knows one key of each of some roles, for routes asked without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.core.access import KeyRecord, PresentedKey, mint_key
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS: Mapping[str, PresentedKey] = {
    role: mint_key("local") for role in ("viewer", "client", "operator", "admin")
}
AS: Mapping[str, dict[str, str]] = {role: {"X-API-Key": key.text} for role, key in KEYS.items()}
"""The headers of a request by role; the caller is called like the role."""


def authenticator_of_roles() -> Authenticator:
    """Knows the keys above."""
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for role, key in KEYS.items():
        store.add(KeyRecord(key.key_id, role, SCOPES.granted([role]), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    return Authenticator(ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock)
