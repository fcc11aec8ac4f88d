"""Jobs run beside what started them, as many as may, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine
from tests.support.buffer_fakes import NOW, request
from tests.support.platform import drivetrain, eventually, is_alive

from drivetrain.bootstrap.child_jobs import ChildJobs
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.ids import new_id
from drivetrain.rental.buffer.adapters.repositories import PostgresAnalysisStore
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT, ANALYZE_UPLOAD
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.records import METHOD


@pytest.fixture
def environment(empty_home: Path, migrated_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DRIVETRAIN_")}
    return {
        **kept,
        "DRIVETRAIN_HOME": str(empty_home),
        "DRIVETRAIN_DATABASE_URL": migrated_url,
        "DRIVETRAIN_LOG_LEVEL": "ERROR",
    }


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if is_job(child)]


def is_job(child: psutil.Process) -> bool:
    try:
        return "drivetrain.entrypoints.job" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:  # ended meanwhile: one of a former test
        return False


def test_as_many_run_as_may_and_stopping_ends_them(environment: dict[str, str]) -> None:
    jobs = ChildJobs(environment, most=1)
    jobs.start(ANALYZE_CURRENT)
    (child,) = children()
    with pytest.raises(TooManyRequestsError):
        jobs.start(ANALYZE_CURRENT)
    jobs.stop()
    assert not is_alive(child)


def test_a_job_ends_with_the_process_that_started_it(
    environment: dict[str, str], engine: Engine, tmp_path: Path
) -> None:
    """By SIGKILL, which leaves no time to say goodbye. The job waits on a table that never comes: a pipe."""
    os.mkfifo(tmp_path / "table")
    store, waiting = PostgresAnalysisStore(engine), request(new_id(), is_standing=False)
    store.add(waiting, method=METHOD, total=7)
    program = (
        "import os, time\n"
        "from drivetrain.bootstrap.child_jobs import ChildJobs\n"
        f"ChildJobs(dict(os.environ)).start({ANALYZE_UPLOAD!r}, {waiting.analysis_id!r}, {str(tmp_path / 'table')!r})\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    assert eventually(lambda: store.get(waiting.analysis_id).status is AnalysisStatus.RUNNING, within_s=40)
    started = psutil.Process(parent.pid).children(recursive=True)
    assert all(is_alive(child) for child in started)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not any(is_alive(child) for child in started), within_s=20)
    assert eventually(lambda: store.get(waiting.analysis_id).status is AnalysisStatus.FAILED, within_s=20)


@pytest.mark.timeout(600)  # jobs are polite: beside other tests they wait long for their turn
def test_the_current_table_is_analyzed_once_and_a_lost_analysis_again(
    environment: dict[str, str], empty_home: Path, engine: Engine
) -> None:
    assert drivetrain(empty_home, "data", "generate", "rental-delays", "--rows", "2000").code == 0
    store = PostgresAnalysisStore(engine)
    (held,) = drivetrain(empty_home, "data", "list", "--json").json()
    left_behind = request(new_id(), sha256=held["sha256"])
    store.add(left_behind, method=METHOD, total=7)
    store.advance(left_behind.analysis_id, stage="count rules", done=2, instant=NOW)
    run(environment, ANALYZE_CURRENT)
    done = store.newest_standing(held["sha256"], method=METHOD)
    assert done is not None
    assert (done.status, done.request.is_synthetic) == (AnalysisStatus.DONE, True)
    run(environment, ANALYZE_CURRENT)
    again = store.newest_standing(held["sha256"], method=METHOD)
    assert again is not None
    assert again.request.analysis_id == done.request.analysis_id


def test_a_job_nobody_knows_or_cannot_do_says_why(environment: dict[str, str]) -> None:
    assert run(environment, "make-coffee", code=1)
    assert run(environment, ANALYZE_CURRENT, code=1)  # there is no table yet


def run(environment: dict[str, str], *arguments: str, code: int = 0) -> bool:
    """Run a job to its end, in this process's name."""
    command = [sys.executable, "-m", "drivetrain.entrypoints.job", *arguments]
    done = subprocess.run(
        command,
        env={**environment, "DRIVETRAIN_SUPERVISOR_PID": str(os.getpid())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return True
