"""What every store of analyses and policies means, in memory and in PostgreSQL alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from tests.support.audit import audit_trail
from tests.support.buffer_fakes import (
    NOW,
    OTHER_SHA,
    SHA,
    MemoryAnalysisStore,
    MemoryPolicyStore,
    request,
    small_analysis,
)
from tests.support.fakes import FixedClock

from drivetrain.adapters.postgres.revisions import PostgresRevisions
from drivetrain.core.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.rental.buffer.adapters.repositories import PostgresAnalysisStore, PostgresPolicyStore
from drivetrain.rental.buffer.application.ports import (
    AnalysisStatus,
    AnalysisStore,
    PolicyStore,
    StoredPolicy,
)
from drivetrain.rental.buffer.application.records import METHOD
from drivetrain.rental.buffer.domain.policy import BufferPolicy
from drivetrain.rental.buffer.domain.rule import BufferRule
from drivetrain.rental.buffer.domain.working import Working


@pytest.fixture(params=["memory", "postgres"])
def analyses(request: pytest.FixtureRequest) -> AnalysisStore:
    if request.param == "memory":
        return MemoryAnalysisStore()
    return PostgresAnalysisStore(request.getfixturevalue("engine"))


@pytest.fixture(params=["memory", "postgres"])
def policies(request: pytest.FixtureRequest) -> PolicyStore:
    return (
        MemoryPolicyStore()
        if request.param == "memory"
        else PostgresPolicyStore(request.getfixturevalue("engine"), audit_trail(FixedClock()))
    )


def added(store: AnalysisStore, **changed: object) -> str:
    analysis_id = new_id()
    store.add(request(analysis_id, **changed), method=METHOD, total=7)
    return analysis_id


def finish(store: AnalysisStore, analysis_id: str) -> None:
    store.finish(
        analysis_id, small_analysis().record, small_analysis().working.pack(), NOW + timedelta(seconds=9)
    )


def policy(version: int, **changed: object) -> StoredPolicy:
    plain = {
        "rule": BufferRule(30, 60),
        "reason": "why",
        "author": "an operator",
        "effective_from": NOW,
        **changed,
    }
    return StoredPolicy(BufferPolicy(version, **plain), NOW, None)  # type: ignore[arg-type]


class TestAnalyses:
    def test_a_request_waits_as_it_was_made(self, analyses: AnalysisStore) -> None:
        analysis_id = added(analyses, created_by="a client", source="Wagen ü.csv", is_standing=False)
        stored = analyses.get(analysis_id)
        assert stored.request == request(
            analysis_id, created_by="a client", source="Wagen ü.csv", is_standing=False
        )
        assert (stored.status, stored.done, stored.total) == (AnalysisStatus.QUEUED, 0, 7)
        assert stored.record is stored.error is stored.finished_at is None

    def test_progress_is_seen_while_it_runs(self, analyses: AnalysisStore) -> None:
        analysis_id = added(analyses)
        analyses.advance(analysis_id, stage="count rules", done=2, instant=NOW + timedelta(seconds=3))
        stored = analyses.get(analysis_id)
        assert (stored.status, stored.stage, stored.done) == (AnalysisStatus.RUNNING, "count rules", 2)
        assert stored.heartbeat_at == NOW + timedelta(seconds=3)

    def test_a_result_comes_back_value_by_value(self, analyses: AnalysisStore) -> None:
        analysis_id = added(analyses, is_synthetic=False)
        finish(analyses, analysis_id)
        stored = analyses.get(analysis_id)
        assert stored.record == small_analysis().record
        assert (stored.status, stored.done) == (AnalysisStatus.DONE, 7)
        assert stored.request.is_synthetic is True  # as the record says
        assert Working.unpack(analyses.working(analysis_id)).resampling.draws == 40

    def test_a_failure_is_kept_with_its_places(self, analyses: AnalysisStore) -> None:
        analysis_id = added(analyses)
        places = [FieldError("rental.not_a_number", "must be a number.", row=3, column="car_id")]
        analyses.fail(
            analysis_id, InvalidInputError("No.", code="rental.no_chained_rentals", errors=places), NOW
        )
        stored = analyses.get(analysis_id)
        assert stored.status is AnalysisStatus.FAILED
        assert stored.error == {
            "code": "rental.no_chained_rentals",
            "detail": "No.",
            "errors": [
                {"row": 3, "column": "car_id", "code": "rental.not_a_number", "detail": "must be a number."}
            ],
            "is_final": True,
        }

    @pytest.mark.parametrize("nobody", ["0198c0de-0000-7000-8000-000000000000", "x", "'; DROP TABLE", ""])
    def test_what_was_never_asked_for_is_not_found(self, analyses: AnalysisStore, nobody: str) -> None:
        for look in (analyses.get, analyses.working):
            with pytest.raises(NotFoundError):
                look(nobody)

    def test_an_unfinished_analysis_has_no_arrays(self, analyses: AnalysisStore) -> None:
        with pytest.raises(NotFoundError):
            analyses.working(added(analyses))

    def test_the_newest_of_a_table_is_the_one_that_is_done(self, analyses: AnalysisStore) -> None:
        assert analyses.newest_standing(SHA, method=METHOD) is None
        done = added(analyses)
        finish(analyses, done)
        added(analyses, created_at=NOW + timedelta(hours=1))
        added(analyses, sha256=OTHER_SHA)
        added(analyses, is_standing=False, created_at=NOW + timedelta(hours=2))
        newest = analyses.newest_standing(SHA, method=METHOD)
        assert newest is not None
        assert newest.request.analysis_id == done
        assert analyses.newest_standing(SHA, method=METHOD + 1) is None

    def test_of_unfinished_ones_the_last_counts(self, analyses: AnalysisStore) -> None:
        added(analyses)
        last = added(analyses, created_at=NOW + timedelta(seconds=1))
        newest = analyses.newest_standing(SHA, method=METHOD)
        assert newest is not None
        assert newest.request.analysis_id == last


class TestPolicies:
    def test_versions_come_back_newest_first(self, policies: PolicyStore) -> None:
        saved = [
            policy(1),
            policy(2, shift_up_to_min=0, effective_from=NOW + timedelta(days=1, microseconds=1)),
        ]
        for each in saved:
            policies.add(each)
        assert list(policies.all()) == saved[::-1]

    def test_of_two_who_save_the_same_version_one_is_told(self, policies: PolicyStore) -> None:
        policies.add(policy(1))
        with pytest.raises(ConflictError):
            policies.add(policy(1, reason="another"))
        assert [stored.policy.reason for stored in policies.all()] == ["why"]


def test_a_policy_is_tied_to_its_analysis_and_announced(engine: Engine) -> None:
    analyses, policies, revisions = (
        PostgresAnalysisStore(engine),
        PostgresPolicyStore(engine, audit_trail(FixedClock())),
        PostgresRevisions(engine),
    )
    analysis_id, before = added(analyses), revisions.read()
    policies.add(StoredPolicy(policy(1).policy, NOW, analysis_id))
    after = revisions.read()
    assert policies.all()[0].analysis_id == analysis_id
    assert after.of("policies") > before.of("policies")
    assert (after.models, after.keys) == (before.models, before.keys)


@pytest.mark.parametrize(
    "change", ["UPDATE drivetrain.buffer_policies SET reason = 'x'", "DELETE FROM drivetrain.buffer_policies"]
)
def test_history_cannot_be_rewritten(engine: Engine, change: str) -> None:
    PostgresPolicyStore(engine, audit_trail(FixedClock())).add(policy(1))
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(change)


def test_one_process_at_a_time_analyzes_a_table(engine: Engine) -> None:
    store = PostgresAnalysisStore(engine)
    with store.alone(SHA) as first, store.alone(SHA) as second, store.alone(OTHER_SHA) as other:
        assert (first, second, other) == (True, False, True)
    with store.alone(SHA) as again:
        assert again
