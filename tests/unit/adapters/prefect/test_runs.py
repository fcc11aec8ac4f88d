"""Prefect that is slow, broken, stuck or absent: the caller learns in time that the slots are its own to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from tests.support.platform import eventually

from drivetrain.adapters.prefect import runs as prefect_runs
from drivetrain.adapters.prefect.runs import RETRY_S, AsFlow, Flow, RecordedRuns
from drivetrain.adapters.prefect.server import prefect_environment
from drivetrain.core.errors import UnavailableError

Work = Callable[[], int]


class Now:
    """A clock that is set."""

    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def ready(
    work: Work,
    *,
    as_flow: AsFlow = lambda work: work,
    is_up: Callable[[], bool] = lambda: True,
    now: Now | None = None,
) -> RecordedRuns:
    runs = RecordedRuns(work, as_flow, is_up, monotonic_s=now or Now())
    assert eventually(lambda: runs._flow is not None, 5)
    return runs


def test_a_run_that_goes_well_is_recorded() -> None:
    done: list[int] = []
    runs = ready(lambda: done.append(1) or 1)
    assert runs.why == "Prefect is starting."
    assert runs.run()
    assert done == [1] and runs.why == ""


def test_while_its_server_does_not_answer_nothing_is_waited_for() -> None:
    runs = ready(lambda: pytest.fail("must not be called"), is_up=lambda: False)
    assert not runs.run()
    assert "does not answer" in runs.why


def test_an_error_of_the_work_is_the_callers() -> None:
    """It is no fault of Prefect's, and doing the work again at once would not help."""

    def work() -> int:
        raise UnavailableError("The database cannot be reached.")

    runs = ready(work)
    with pytest.raises(UnavailableError):
        runs.run()
    assert runs.why == ""


def test_an_error_of_prefect_is_told_and_tried_again_later() -> None:
    now, calls = Now(), []

    def recorded(work: Work) -> Flow:
        def flow() -> int:
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("no such table: flow_run")
            return work()

        return flow

    runs = ready(lambda: 1, as_flow=recorded, now=now)
    assert not runs.run()
    assert "no such table" in runs.why
    assert not runs.run()
    assert len(calls) == 1
    now.at_s += RETRY_S
    assert runs.run()
    assert runs.why == ""


@pytest.mark.parametrize("works_first", [False, True])
def test_a_run_that_hangs_is_left_behind_and_not_joined_by_another(
    monkeypatch: pytest.MonkeyPatch, works_first: bool
) -> None:
    """Before it begins its work, or after it has done it."""
    monkeypatch.setattr(prefect_runs, "PATIENCE_S", 0.05)
    now, release, calls = Now(), threading.Event(), []

    def recorded(work: Work) -> Flow:
        def flow() -> None:
            calls.append(1)
            if works_first:
                work()
            release.wait(10)
            work()

        return flow

    runs = ready(lambda: 1, as_flow=recorded, now=now)
    assert not runs.run()
    assert "did not get anywhere" in runs.why
    now.at_s += RETRY_S
    assert not runs.run()  # the first still hangs
    assert len(calls) == 1
    release.set()
    assert eventually(runs.run, 5)
    assert len(calls) == 2


def test_long_work_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that is caught up takes longer than any patience with Prefect."""
    monkeypatch.setattr(prefect_runs, "PATIENCE_S", 0.05)
    longer = threading.Event()

    def work() -> int:
        longer.wait(0.3)
        return 1

    assert ready(work).run()


def test_prefect_that_cannot_be_imported_is_told() -> None:
    def recorded(work: Work) -> Flow:
        raise ImportError("cannot import name 'Body'")

    runs = RecordedRuns(lambda: 1, recorded, lambda: True)
    assert eventually(lambda: "cannot be imported" in runs.why, 5)
    assert not runs.run()


def test_prefect_is_kept_at_home_and_told_to_send_nothing(tmp_path: object) -> None:
    environment = prefect_environment(tmp_path)  # type: ignore[arg-type]
    assert environment["PREFECT_HOME"] == str(tmp_path)
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
