"""Names of a product that are imported when they are used: a card is read by every process, its libraries are not."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def imported(name: str) -> Callable[[], Any]:
    """A function that imports an object and gives it.

    Args:
        name: ``package.module:object``. A test of the cards imports each of them.
    """
    module, _, attribute = name.partition(":")
    return lambda: getattr(import_module(module), attribute)


def when_called(name: str) -> Callable[..., Any]:
    """A function that imports another one when it is called, and passes its arguments on.

    Args:
        name: ``package.module:function``.
    """
    function = imported(name)

    def call(*arguments: Any, **named: Any) -> Any:
        return function()(*arguments, **named)

    return call
