"""Objects and a lake for tests."""

from __future__ import annotations

from collections.abc import Sequence

from drivetrain.core.errors import NotFoundError
from drivetrain.core.objects import Objects


class MemoryObjects(Objects):
    """Objects in a dictionary, as the port says."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put_new(self, name: str, data: bytes) -> bool:
        if name in self.kept:
            return False
        self.kept[name] = data
        return True

    def get(self, name: str) -> bytes:
        if name not in self.kept:
            raise NotFoundError(f"There is no object {name}.", code="objects.not_found")
        return self.kept[name]

    def names(self, folder: str, *, after: str = "") -> Sequence[str]:
        return sorted(name for name in self.kept if name.startswith(f"{folder}/") and name > after)

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            self.kept.pop(name, None)
