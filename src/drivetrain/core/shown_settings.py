"""A setting as people may see it: never with a secret in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["environment", "platform", "default"]
"""Set by whoever started the platform; given by ``up`` to its own processes; or neither."""


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting of the installation.

    Attributes:
        variable: the environment variable that sets it.
        value: as it is used; None where it has none. Of a secret, ``set`` or ``not set``.
        unit: of a number that has one; empty else.
        accepts: which values it takes, in words.
        needs_restart: True where a new value counts from the next start on.
    """

    variable: str
    value: str | float | bool | None
    is_secret: bool
    origin: Origin
    unit: str
    description: str
    accepts: str
    needs_restart: bool = True
