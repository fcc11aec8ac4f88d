"""The address that people are shown, and what a platform says of itself while it starts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.bootstrap.running import PlatformStatus, address_of, platform_status, stop_platform
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.progress import SilentProgress
from drivetrain.settings import Settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("fe80::1", "http://[fe80::1]:80"),
    ],
)
def test_an_address_is_one_that_a_browser_of_this_machine_reaches(host: str, address: str) -> None:
    assert address_of(host, 80) == address


@pytest.mark.parametrize(
    ("address", "health", "state"),
    [
        (None, None, "busy"),
        ("http://127.0.0.1:80", None, "silent"),
        ("http://127.0.0.1:80", {"state": "degraded", "dependencies": []}, "degraded"),
    ],
)
def test_a_platform_is_what_it_answers(address: str | None, health: dict[str, object], state: str) -> None:
    assert PlatformStatus("/home", 1, NOON, address, health).state == state


def test_a_home_without_a_platform_says_how_to_start_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for ask in (lambda: platform_status(settings), lambda: stop_platform(settings, SilentProgress())):
        with pytest.raises(NotFoundError, match="drivetrain up") as refused:
            ask()
        assert refused.value.code == "platform.not_running"


def test_a_command_that_works_on_the_home_is_not_ended(tmp_path: Path) -> None:
    """The signal would end this test."""
    settings = Settings(home=tmp_path)
    with HomeLock(tmp_path), pytest.raises(ConflictError, match="ends by itself") as refused:
        stop_platform(settings, SilentProgress())
    assert refused.value.code == "home.in_use"
