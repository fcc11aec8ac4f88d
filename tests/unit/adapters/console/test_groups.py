"""Groups of commands are built when one of them is asked for, once."""

from __future__ import annotations

import pytest
from typer import Typer

from drivetrain.adapters.console.groups import LazyGroup


class Built:
    """Builds a group of two commands, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Typer:
        self.times += 1
        app = Typer()
        app.command("fit")(lambda: print("fitted"))
        app.command("compare")(lambda: print("compared"))
        return app


@pytest.fixture
def built() -> Built:
    return Built()


@pytest.fixture
def group(built: Built) -> LazyGroup:
    return LazyGroup("rides", "Rides of a day.", built)


def test_its_name_and_help_are_known_before_it_is_built(group: LazyGroup, built: Built) -> None:
    assert (group.name, group.help) == ("rides", "Rides of a day.")
    assert built.times == 0


def test_its_commands_are_built_once(group: LazyGroup, built: Built) -> None:
    assert sorted(group.commands) == ["compare", "fit"]
    assert sorted(group.commands) == ["compare", "fit"]
    assert built.times == 1


def test_an_app_of_one_command_without_a_group_gives_none() -> None:
    """Typer makes a plain command of it, which has no commands of its own."""
    app = Typer()
    app.command("fit")(lambda: None)
    assert LazyGroup("rides", "", lambda: app).commands == {}
