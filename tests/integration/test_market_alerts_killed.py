"""The process that matches listings with saved searches is killed in the middle; nothing is lost, and nothing is done twice.

By command as large as the design asks: ``python -m bench.alerts --kills 20``.
"""

from __future__ import annotations

import pytest
from bench.alerts import Bench, kill_again_and_again
from sqlalchemy import Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_alert_is_there_once_and_told_once(engine: Engine, migrated_url: str) -> None:
    bench = Bench.made(engine, searches=2_000, listings=300, seed=3)
    figures = kill_again_and_again(bench, migrated_url, changes=300, kills=3, seed=3)
    assert (figures["wrong_alerts"], figures["waiting"], figures["twice"]) == (0, 0, 0)
    assert isinstance(figures["alerts"], int) and figures["alerts"] > 1_000
    assert figures["messages_due"] == figures["mails"] == figures["notifications"]
