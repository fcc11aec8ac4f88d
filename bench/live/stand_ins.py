"""What the bench changes in the processes of a platform that are started while a block runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every process of the platform imports this module
    from bench.installation import Installation

TREES_FILE = "BENCH_TREES"
"""Rank by the trees of this file."""

SWITCH_INTERVAL_S = "BENCH_SWITCH_INTERVAL_S"
"""Have threads take turns so often (``sys.setswitchinterval``; 0.005 without it)."""

_ROOT = Path(__file__).parents[2]
_PROGRAM = Path(__file__).with_name("stand_in")


@contextmanager
def standing_in(installation: Installation, changes: Mapping[str, str]) -> Iterator[None]:
    """Have each Python process make changes at its start.

    Args:
        changes: by the names above.
    """
    before = installation.environment
    path = [str(_PROGRAM), str(_ROOT), before.get("PYTHONPATH", "")]
    installation.environment = {
        **before,
        **changes,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
    }
    try:
        yield
    finally:
        installation.environment = before
