"""Reviews in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.market.reviews.adapters.tables import review_reports, review_versions, reviews
from drivetrain.market.reviews.application.ports import About, QueuedReview, ReviewPage, ReviewQueue
from drivetrain.market.reviews.domain.rating import Rating, rated
from drivetrain.market.reviews.domain.report import ReviewReport, ReviewReportReason
from drivetrain.market.reviews.domain.review import (
    DealerAnswer,
    Rejection,
    Review,
    ReviewState,
    ReviewVersion,
    Ruling,
)

_COLUMNS = reviews.c


class PostgresReviews:
    """The port ``ReviewStore``."""

    def __init__(self, engine: Engine, audit: AuditTrail) -> None:
        self._engine = engine
        self._audit = audit

    def add(self, review: Review) -> None:
        """Store a new review."""
        twice = ConflictError("You have reviewed this before; edit it.", code="market.already_reviewed")
        with transaction(self._engine, conflict=twice) as connection:
            connection.execute(insert(reviews).values(_row(review)))
            _add_versions(connection, review)

    def change(
        self,
        review_id: UUID,
        change: Callable[[Review], Review],
        *,
        author: UUID | None = None,
        company: UUID | None = None,
    ) -> Review:
        """Change a review under a lock of its row."""
        reach = _COLUMNS.author_id == author if company is None else _COLUMNS.company_id == company
        with transaction(self._engine) as connection:
            return _changed(connection, and_(_COLUMNS.review_id == review_id, reach), change)

    def rule(self, review_id: UUID, change: Callable[[Review], Review]) -> Review:
        """Change any review under a lock, close its reports, and note it in the audit trail."""
        with transaction(self._engine) as connection:
            review = _changed(connection, _COLUMNS.review_id == review_id, change)
            ruling = review.ruling
            is_open = and_(review_reports.c.review_id == review_id, review_reports.c.closed_at.is_(None))
            at, by = (None, "") if ruling is None else (ruling.at, ruling.by)
            connection.execute(update(review_reports).where(is_open).values(closed_at=at))
            action = "reviews.publish" if review.state is ReviewState.PUBLISHED else "reviews.reject"
            self._audit.record(connection, AuditEntry(by, action, f"review {review_id}"))
        return review

    def remove(self, review_id: UUID, author: UUID) -> None:
        """Delete a review; the database deletes what hangs on it."""
        own = and_(_COLUMNS.review_id == review_id, _COLUMNS.author_id == author)
        with transaction(self._engine) as connection:
            if connection.execute(delete(reviews).where(own)).rowcount == 0:
                raise _unknown()

    def published(self, about: About, before: UUID | None, most: int) -> ReviewPage:
        """Published reviews, newest first: their ids begin with the instant they were made."""
        return self._page(select(reviews).where(_shown(about)), before, most)

    def own(self, author: UUID, before: UUID | None, most: int) -> ReviewPage:
        """Reviews of an author, newest first."""
        return self._page(select(reviews).where(_COLUMNS.author_id == author), before, most)

    def rating(self, about: About) -> Rating:
        """Counts by stars, and what follows from them."""
        query = select(_COLUMNS.stars, func.count()).where(_shown(about)).group_by(_COLUMNS.stars)
        with translating(), self._engine.connect() as connection:
            return rated({row[0]: row[1] for row in connection.execute(query)})

    def queue(self, after: UUID | None, most: int) -> ReviewQueue:
        """Pending and reported reviews, oldest first."""
        reported = select(review_reports.c.review_id).where(review_reports.c.closed_at.is_(None))
        query = select(reviews).where(
            or_(_COLUMNS.state == ReviewState.PENDING, _COLUMNS.review_id.in_(reported))
        )
        if after is not None:
            query = query.where(_COLUMNS.review_id > after)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_COLUMNS.review_id).limit(most + 1)).all()
            found = _with_versions(connection, rows[:most])
            reports = _open_reports(connection, [each.review_id for each in found])
        items = [QueuedReview(each, reports.get(each.review_id, ())) for each in found]
        return ReviewQueue(items, found[-1].review_id if len(rows) > most else None)

    def report(self, report: ReviewReport) -> None:
        """Store a report; the review stays locked until then, so that it is still published."""
        twice = ConflictError("You have reported this review.", code="market.already_reported")
        its_row = and_(_COLUMNS.review_id == report.review_id, _COLUMNS.state == ReviewState.PUBLISHED)
        row = {
            "report_id": report.report_id,
            "review_id": report.review_id,
            "reporter": report.reporter,
            "reason": report.reason.value,
            "remark": report.remark,
            "created_at": report.created_at,
        }
        with transaction(self._engine, conflict=twice) as connection:
            if connection.scalar(select(_COLUMNS.review_id).where(its_row).with_for_update()) is None:
                raise _unknown()
            connection.execute(insert(review_reports).values(row))

    def _page(self, query: Select[Any], before: UUID | None, most: int) -> ReviewPage:
        if before is not None:
            query = query.where(_COLUMNS.review_id < before)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_COLUMNS.review_id.desc()).limit(most + 1)).all()
            found = _with_versions(connection, rows[:most])
        return ReviewPage(found, found[-1].review_id if len(rows) > most else None)


def _shown(about: About) -> ColumnElement[bool]:
    is_published = _COLUMNS.state == ReviewState.PUBLISHED
    if about.listing is not None:
        return and_(is_published, _COLUMNS.listing_id == about.listing)
    return and_(is_published, _COLUMNS.company_id == about.company, _COLUMNS.listing_id.is_(None))


def _changed(
    connection: Connection, which: ColumnElement[bool], change: Callable[[Review], Review]
) -> Review:
    row = connection.execute(select(reviews).where(which).with_for_update()).one_or_none()
    if row is None:
        raise _unknown()
    (former,) = _with_versions(connection, [row])
    review = change(former)
    its_row = _COLUMNS.review_id == review.review_id
    connection.execute(update(reviews).where(its_row).values(_row(review)))
    if review.version > former.version:
        _add_versions(connection, review, since=former.version)
    return review


def _add_versions(connection: Connection, review: Review, since: int = 0) -> None:
    rows = [
        {
            "review_id": review.review_id,
            "version": number,
            "author_id": review.author,
            "stars": version.stars,
            "text": version.text,
            "written_at": version.written_at,
        }
        for number, version in enumerate(review.versions, start=1)
        if number > since
    ]
    connection.execute(insert(review_versions), rows)


def _with_versions(connection: Connection, rows: Sequence[Row[Any]]) -> list[Review]:
    columns = review_versions.c
    query = select(review_versions).where(columns.review_id.in_([row.review_id for row in rows]))
    versions: dict[UUID, list[ReviewVersion]] = {}
    for row in connection.execute(query.order_by(columns.version)):
        versions.setdefault(row.review_id, []).append(ReviewVersion(row.stars, row.text, row.written_at))
    return [_review(row, versions[row.review_id]) for row in rows]


def _open_reports(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[ReviewReport]]:
    columns = review_reports.c
    query = select(review_reports).where(columns.review_id.in_(ids), columns.closed_at.is_(None))
    reports: dict[UUID, list[ReviewReport]] = {}
    for row in connection.execute(query.order_by(columns.report_id)):
        report = ReviewReport(
            row.report_id,
            row.review_id,
            row.reporter,
            ReviewReportReason(row.reason),
            row.remark,
            row.created_at,
        )
        reports.setdefault(row.review_id, []).append(report)
    return reports


def _row(review: Review) -> dict[str, Any]:
    ruling, answer = review.ruling, review.answer
    reason = None if ruling is None else ruling.reason
    return {
        "review_id": review.review_id,
        "author_id": review.author,
        "company_id": review.company,
        "listing_id": review.listing,
        "state": review.state.value,
        "version": review.version,
        "stars": review.latest.stars,
        "ruled_at": None if ruling is None else ruling.at,
        "ruled_by": None if ruling is None else ruling.by,
        "rejection": None if reason is None else reason.value,
        "ruling_remark": None if ruling is None else ruling.remark,
        "answer": None if answer is None else answer.text,
        "answered_at": None if answer is None else answer.at,
        "answered_by": None if answer is None else answer.by,
    }


def _review(row: Row[Any], versions: Sequence[ReviewVersion]) -> Review:
    reason = None if row.rejection is None else Rejection(row.rejection)
    ruling = None if row.ruled_at is None else Ruling(row.ruled_at, row.ruled_by, reason, row.ruling_remark)
    answer = None if row.answer is None else DealerAnswer(row.answer, row.answered_at, row.answered_by)
    return Review(
        row.review_id,
        row.author_id,
        row.company_id,
        row.listing_id,
        versions,
        ReviewState(row.state),
        ruling,
        answer,
    )


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such review.", code="market.unknown_review")
