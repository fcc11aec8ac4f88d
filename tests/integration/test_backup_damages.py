"""Whatever is damaged in a backup is found: a few seconds of what ``python -m bench.backups`` does for longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.backups import measure

pytestmark = pytest.mark.slow


def test_every_damage_is_found_and_named(tmp_path: Path) -> None:
    figures = {figure.what: figure for figure in measure(500, 8, seed=1, folder=tmp_path)}
    assert figures["of 8 damages found and named"].measured == "8"
