"""The flow of the lake is looked after while its process works, and ends with it."""

from __future__ import annotations

import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from drivetrain.dispatch.features.adapters.flow import served

WITHIN_S = 60.0


class Server:
    """A trigger outside of the process."""

    name, why, grace = "prefect server", "", timedelta(0)

    def __init__(self) -> None:
        self.looked, self.stopped = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def run(self) -> bool:
        return False

    def check(self) -> None:
        self.looked.set()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        self.stopped.set()


def ports(trigger: Server) -> Any:
    def open_trigger(work: object, *, every_min: int, grace: timedelta, embedded: bool) -> Server:
        assert (every_min, embedded) == (60, False)
        return trigger

    return SimpleNamespace(open_trigger=open_trigger)


def test_it_is_looked_after_until_the_work_ends() -> None:
    server = Server()
    with served(ports(server)):
        assert server.looked.wait(WITHIN_S)
        assert not server.stopped.is_set()
    assert server.stopped.is_set()


def test_a_server_that_cannot_be_reached_holds_nobody_up() -> None:
    server = Server()
    server.error = OSError("no server")
    with served(ports(server)):
        assert server.looked.wait(WITHIN_S)
    assert server.stopped.is_set()


def test_it_ends_when_the_work_fails() -> None:
    server = Server()
    with pytest.raises(RuntimeError), served(ports(server)):
        raise RuntimeError("the work failed")
    assert server.stopped.is_set()


def test_without_a_server_there_is_nothing_to_look_after() -> None:
    server = Server()
    server.name = "plain"
    with served(ports(server)):
        pass
    assert not server.looked.is_set()
