"""Loops of the task worker: they go on whatever fails, and end with it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from drivetrain.bootstrap.loops import enabled_loops, keep_running, running
from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.matching.adapters.settings import MatchSettings
from drivetrain.dispatch.product import CARD as DISPATCH
from drivetrain.lifecycle.kit.processes import Process, ProcessPorts

INSTALLATION: Any = SimpleNamespace(platform=None, folder=Path("home"))
DATABASE: Any = SimpleNamespace()


class StopAfter:
    """Asks to stop after some waits."""

    def __init__(self, waits: int) -> None:
        self.left = waits

    def is_set(self) -> bool:
        return self.left == 0

    def wait(self, timeout: float) -> bool:
        self.left -= 1
        return self.is_set()


def loop(run: Any, *, is_enabled: bool = True, is_loop: bool = True) -> Process:
    return Process("sweep", "The sweeper", run, lambda _: is_enabled, is_loop=lambda _: is_loop)


def test_a_loop_that_ends_or_fails_begins_again_with_metrics_of_its_own() -> None:
    registries: list[Any] = []

    def run(ports: ProcessPorts) -> int:
        registries.append(ports.registry)
        if len(registries) == 1:
            raise UnavailableError("Away.")
        if len(registries) == 2:
            raise ValueError("a bug")
        return 0

    with capture_logs() as logs:
        keep_running(loop(run), INSTALLATION, DATABASE, StopAfter(3))
    assert len({id(registry) for registry in registries}) == 3
    assert [line["event"] for line in logs] == ["a loop cannot go on", "a loop failed"]


def test_loops_run_while_the_worker_does() -> None:
    has_begun, has_ended = threading.Event(), threading.Event()

    def run(ports: ProcessPorts) -> int:
        has_begun.set()
        if ports.stop.wait(60):
            has_ended.set()
        return 0

    with running([loop(run)], INSTALLATION, DATABASE):
        assert has_begun.wait(60)
        assert not has_ended.is_set()
    assert has_ended.wait(60)


def test_only_what_is_wanted_and_is_little_work_runs_in_the_worker() -> None:
    few = loop(print)
    assert enabled_loops([few, loop(print, is_enabled=False), loop(print, is_loop=False)], INSTALLATION) == [
        few
    ]


def test_the_sweeper_needs_no_process_and_the_matcher_of_windows_has_one() -> None:
    def names(**matching: Any) -> list[str]:
        def settings(group: type[Any]) -> Any:
            return group(**(matching if group is MatchSettings else {}))

        installation: Any = SimpleNamespace(settings=settings)
        return [each.name for each in enabled_loops(DISPATCH.processes, installation)]

    assert names(policy="request") == ["dispatch"]
    assert names(policy="request", sweeper=False) == []
    assert names(policy="batch") == []
