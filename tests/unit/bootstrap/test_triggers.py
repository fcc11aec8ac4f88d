"""What wakes scheduled work by the settings: our own clock unless Prefect is asked for, and where that cannot start."""

from __future__ import annotations

import sys
from datetime import timedelta
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from drivetrain.bootstrap.triggers import LocalTrigger, ServedPrefect, open_trigger
from drivetrain.lifecycle.kit.processes import Trigger
from drivetrain.settings import Settings

GRACE = timedelta(seconds=40)


def opened(home: Path, *, embedded: bool = True, **settings: Any) -> Trigger:
    """The trigger of some work that must not be done by opening it."""

    def work() -> int:
        return pytest.fail("opening a trigger does no work")

    return open_trigger(
        Settings(home=home, **settings),
        home,
        lambda _: work,
        "score-trips",
        work,
        every_min=5,
        grace=GRACE,
        embedded=embedded,
    )


@pytest.fixture
def with_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were installed; nothing here imports it."""
    module = ModuleType("prefect")
    module.__spec__ = ModuleSpec("prefect", None)
    monkeypatch.setitem(sys.modules, "prefect", module)


@pytest.fixture
def without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were not installed."""
    monkeypatch.setitem(sys.modules, "prefect", None)


@pytest.mark.usefixtures("with_prefect")
def test_our_own_clock_by_default_even_where_prefect_is_installed(tmp_path: Path) -> None:
    trigger = opened(tmp_path)
    assert isinstance(trigger, LocalTrigger)
    assert (trigger.name, trigger.why, trigger.grace) == ("plain", "", timedelta(0))
    assert not trigger.run()  # the process does the work
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("with_prefect")
def test_a_second_process_starts_no_server_of_its_own(tmp_path: Path) -> None:
    trigger = opened(tmp_path, embedded=False, scheduler="prefect")
    assert isinstance(trigger, LocalTrigger)
    assert trigger.why == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("without_prefect")
@pytest.mark.parametrize(
    "settings", [{"scheduler": "prefect"}, {"prefect_api_url": "http://127.0.0.1:4200/api"}]
)
def test_our_own_clock_says_why_prefect_is_not_there(tmp_path: Path, settings: dict[str, str]) -> None:
    trigger = opened(tmp_path, **settings)
    assert isinstance(trigger, LocalTrigger)
    assert "pip install 'drivetrain[prefect]'" in trigger.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("with_prefect")
@pytest.mark.parametrize("scheduler", ["plain", "prefect"])
def test_a_server_of_yours_has_its_grace_and_comes_first(tmp_path: Path, scheduler: str) -> None:
    """Whatever else is asked for, no second server is started beside it."""
    trigger = opened(tmp_path, scheduler=scheduler, prefect_api_url="http://127.0.0.1:4200/api")
    assert isinstance(trigger, ServedPrefect)
    assert (trigger.name, trigger.why, trigger.grace) == ("prefect server", "", GRACE)
    assert not trigger.run()  # past its grace, the process does the work
    trigger.stop()  # before the first check there is no child
    assert list(tmp_path.iterdir()) == []
