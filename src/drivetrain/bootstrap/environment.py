"""What stands in the environment: former names of settings, and names that nothing reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from drivetrain.adapters.embedded.children import SUPERVISOR_PID
from drivetrain.adapters.embedded.processes import BOARD_FD, LISTEN_FDS, WORKER
from drivetrain.adapters.embedded.template import TEMPLATE_FD
from drivetrain.adapters.node.web_build import OUT
from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.adapters.settings.inventory import inventory
from drivetrain.core.shown_settings import ShownSetting
from drivetrain.products import SETTINGS
from drivetrain.settings import GIVEN_BY_UP, Settings, renamed, unknown

INTERNAL = frozenset(
    {BOARD_FD, LISTEN_FDS, TEMPLATE_FD, WORKER, SUPERVISOR_PID, GIVEN_BY_UP, OUT, "DRIVETRAIN_PREFECT_PAGES"}
)
"""What processes of the platform give to their children; the last one by name, because its module starts Prefect."""

GROUPS: tuple[type[SettingsGroup], ...] = (Settings, *SETTINGS)


def remarks(environment: Mapping[str, str]) -> Iterator[str]:
    """One sentence about each variable with our prefix that is out of date or that nothing reads.

    None in a child of the platform: the command that started the platform has said them.
    """
    if SUPERVISOR_PID in environment:
        return
    for former, name in renamed(GROUPS, environment):
        yield f"{former} is called {name} now; the former name is read until release 1.0."
    for name, near in unknown(GROUPS, environment, internal=INTERNAL):
        hint = f"; did you mean {near}?" if near else "; docs/runbooks/start-and-stop.md lists all settings."
        yield f"{name} is no setting and is ignored{hint}"


def shown_settings(
    groups: Iterable[type[SettingsGroup]], environment: Mapping[str, str]
) -> list[ShownSetting]:
    """What a process is set to by the environment it was started with, secrets left out.

    Raises:
        InvalidInputError: a value cannot be used.
    """
    given = frozenset(filter(None, environment.get(GIVEN_BY_UP, "").split(",")))
    return [setting for group in groups for setting in inventory(group(), environment, given)]
