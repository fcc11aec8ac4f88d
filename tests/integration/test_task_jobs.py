"""Jobs of products as background tasks: with the transaction that asks for them, bounded, and done in a child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.support.buffer_fakes import HEADER, NOW
from tests.support.fakes import FixedClock

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk
from drivetrain.bootstrap import tasks as bootstrap_tasks
from drivetrain.bootstrap.tasks import TaskJobs, installed_tasks, task_queue
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.task_records import TaskFilter, TaskState
from drivetrain.products import PRODUCTS
from drivetrain.rental.buffer.adapters.repositories import PostgresAnalysisStore
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT, ANALYZE_UPLOAD
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.start_analysis import StartAnalysis
from drivetrain.settings import Settings

WITHIN_S = 110.0


@pytest.fixture
def jobs(engine: Engine) -> TaskJobs:
    return TaskJobs(engine, task_queue(installed_tasks(Settings())), PRODUCTS)


def test_a_job_without_arguments_waits_once(jobs: TaskJobs, engine: Engine) -> None:
    jobs.start(ANALYZE_CURRENT)
    with pytest.raises(TooManyRequestsError):
        jobs.start(ANALYZE_CURRENT)
    (record,) = PostgresTaskDesk(engine).find(TaskFilter())
    assert (record.name, record.queue) == (f"rental.{ANALYZE_CURRENT}", "jobs")


def test_more_uploads_than_may_wait_are_refused(
    jobs: TaskJobs, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap_tasks, "MOST_WAITING", 2)
    for number in range(2):
        jobs.start(ANALYZE_UPLOAD, str(number), "file", actor="ada")
    with pytest.raises(TooManyRequestsError):
        jobs.start(ANALYZE_UPLOAD, "3", "file")
    assert {record.actor for record in PostgresTaskDesk(engine).find(TaskFilter())} == {"ada"}


def test_a_job_is_gone_with_the_transaction_that_asked_for_it(jobs: TaskJobs, engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        jobs.start(ANALYZE_UPLOAD, "1", "file", connection=connection)
        raise RuntimeError("the request is not stored")
    assert PostgresTaskDesk(engine).find(TaskFilter()) == []


@pytest.mark.timeout(240)
def test_an_upload_is_analyzed_in_a_child_of_the_worker(
    jobs: TaskJobs, migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    """A table that holds no rentals: what the analysis says of it is its result, and the task has succeeded."""
    folder = tmp_path / "uploads" / "one"
    folder.mkdir(parents=True)
    (folder / "table").write_text(HEADER)
    store, analysis_id = PostgresAnalysisStore(engine), new_id()
    StartAnalysis(store, jobs, FixedClock(NOW))(
        analysis_id, folder / "table", source="one", sha256="ab" * 32, caller="ada"
    )
    assert store.get(analysis_id).status is AnalysisStatus.QUEUED
    environment = {
        **os.environ,
        "DRIVETRAIN_DATABASE_URL": migrated_url,
        "DRIVETRAIN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "drivetrain.entrypoints.work", "jobs"]
    worker = subprocess.Popen(command, env=environment)
    try:
        desk, give_up_at = PostgresTaskDesk(engine), time.monotonic() + WITHIN_S
        while desk.find(TaskFilter())[0].state in (TaskState.QUEUED, TaskState.RUNNING):
            assert time.monotonic() < give_up_at, desk.find(TaskFilter())
            time.sleep(0.1)
        (record,) = desk.find(TaskFilter())
        assert (record.state, record.attempts) == (TaskState.SUCCEEDED, 1)
        assert [list(state.queues) for state in desk.workers()] == [["jobs"]]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WITHIN_S) == 0
    finally:
        worker.kill()
        worker.wait()
    stored = store.get(analysis_id)
    assert stored.status is AnalysisStatus.FAILED and stored.error is not None
    assert not folder.exists()
