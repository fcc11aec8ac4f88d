"""Ids of drivers, riders and requests that are made up."""

from __future__ import annotations

PREFIX = "synthetic"


def is_synthetic(id_: str) -> bool:
    """Whether whoever or whatever has this id is made up."""
    return id_.startswith(f"{PREFIX}-")
