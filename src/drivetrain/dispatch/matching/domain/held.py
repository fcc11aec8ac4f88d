"""Drivers whom this process knows to be held, so that it does not ask for them in vain."""

from __future__ import annotations

_PRUNED_AT = 1_000


class HeldDrivers:
    """Until when drivers are held. What other processes hold is learnt when a hold is lost; who decides is the database."""

    def __init__(self) -> None:
        self._until_us: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._until_us)

    def add(self, driver_id: str, until_us: int, now_us: int) -> None:
        """Remember a driver as held."""
        self._until_us[driver_id] = until_us
        if len(self._until_us) % _PRUNED_AT == 0:
            self._until_us = {driver: until for driver, until in self._until_us.items() if until > now_us}

    def free(self, driver_id: str) -> None:
        """Forget that a driver is held."""
        self._until_us.pop(driver_id, None)

    def is_held(self, driver_id: str, now_us: int) -> bool:
        """Whether a driver is held now."""
        until_us = self._until_us.get(driver_id)
        return until_us is not None and until_us > now_us
