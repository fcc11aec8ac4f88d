"""Groups of commands that are imported when one of them is called, so that ``--help`` stays light."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command


class LazyGroup(TyperGroup):
    """A group whose name and help are known, and whose commands come from a Typer app that is built when asked for."""

    def __init__(self, name: str, text: str, build: Callable[[], Typer]) -> None:
        self._build = build
        self._loaded: MutableMapping[str, Any] | None = None
        super().__init__(name=name, help=text, no_args_is_help=True, rich_markup_mode="markdown")

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """The commands, by name."""
        if self._loaded is None:
            group = get_command(self._build())
            self._loaded = group.commands if isinstance(group, TyperGroup) else {}
        return self._loaded

    @commands.setter
    def commands(self, none: MutableMapping[str, Any]) -> None:
        """The base class begins with none."""
