"""Bodies and answers of stock."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import WarningAnswer
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.errors import FieldErrorRecord
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.kit.task_records import TaskRecord, TaskState
from drivetrain.market.stock.adapters.profile_schemas import TableProfileAnswer
from drivetrain.market.stock.application.ports import MappingVersion
from drivetrain.market.stock.domain.difference import ChangeKind
from drivetrain.market.stock.domain.feed import Feed, FeedState
from drivetrain.market.stock.domain.pull import Pull

_WORDS = dict[str, str]
_Cell = str | float | bool | None


class ConfirmationBody(StrictBody):
    """How many cars a held feed may remove."""

    removals: int = Field(
        ge=1, lt=2**31, description="As the feed's difference shows it; with more it is held again."
    )


class MappingBody(StrictBody):
    """How the tables of a source are read."""

    version: int = Field(
        ge=0, lt=2**31, description="Of the mapping as it was read, 0 for none; another one is a conflict."
    )
    columns: _WORDS = Field(
        default={}, max_length=200, description="Headings of the file, each with a field of listings."
    )
    words: dict[str, _WORDS] = Field(
        default={},
        max_length=30,
        description="By field, words of the file, each with the word that listings have.",
    )
    fixed: dict[str, str] = Field(
        default={},
        max_length=30,
        description="By field, the value of every row; a column of this name is not read.",
    )


class PullBody(StrictBody):
    """From where the tables of a source are fetched."""

    url: str = Field(
        min_length=1,
        max_length=2_000,
        description="On the public internet, https, without a user or password.",
    )
    every_h: int = Field(default=24, ge=1, le=168, description="Hours between two looks.")


class PullAnswer(TypedDict):
    """From where the table of a source is fetched; ``failure`` says why the last try failed, null where it went well."""

    source: str
    url: str
    every_h: int
    next_at: str
    looked_at: str | None
    failure: str | None


class DifferenceAnswer(TypedDict):
    """How many cars a feed changes, or would change.

    ``kept`` are missing and may be among the refused rows; ``left`` could not be changed any more, because they are sold.
    ``repriced`` and ``left`` are null until the feed is taken.
    """

    stock: int
    new: int
    changed: int
    back: int
    gone: int
    unchanged: int
    kept: int
    repriced: int | None
    left: int | None


class SuggestionsAnswer(TypedDict):
    """What may be meant by headings and words that are not known, for the next version of the mapping."""

    columns: dict[str, str]
    words: dict[str, dict[str, str]]


class WrongCellAnswer(TypedDict):
    """A wrong cell; ``row`` is the data row, from 1, and an empty ``cell`` null."""

    row: int
    cell: str | None


class WrongCellsAnswer(TypedDict):
    """Wrong cells of refused rows, for one reason; ``example`` is the first of them."""

    column: str
    code: str
    count: int
    example: WrongCellAnswer


class UnusualRowsAnswer(WarningAnswer):
    """Something unusual about accepted rows, and how many ``rows`` it is true of."""

    rows: int


class ReportAnswer(TypedDict, total=False):
    """What was read of a feed. ``reasons`` count what is wrong with refused rows, ``errors`` are the first one by one.

    ``profile`` is that of a preview, null in others. A file that is no table has ``errors`` alone.
    """

    headings: dict[str, str]
    missing: list[str]
    ignored: list[str]
    sheet: str | None
    rows: int
    accepted_rows: int
    refused_rows: int
    reasons: list[WrongCellsAnswer]
    errors: list[FieldErrorRecord]
    warnings: list[UnusualRowsAnswer]
    unread_words: dict[str, list[str]]
    suggestions: SuggestionsAnswer
    first_rows: list[dict[str, _Cell]]
    profile: TableProfileAnswer | None
    difference: DifferenceAnswer | None


class FeedProgressAnswer(TypedDict):
    """How far the task is that takes a feed; ``failure`` is the code of why it was given up."""

    state: TaskState
    stage: str
    done: int
    total: int
    unit: str
    failure: str | None


class FeedAnswer(TypedDict):
    """A table that a dealer sent, and what came of it. In lists ``report`` is its difference alone, and ``progress`` null."""

    feed_id: str
    source: str
    state: FeedState
    code: str | None
    detail: str | None
    is_preview: bool
    file_name: str
    digest: str
    mapping_version: int
    accepted_removals: int
    requested_by: str
    created_at: str
    ended_at: str | None
    progress: FeedProgressAnswer | None
    report: ReportAnswer | None


class FeedList(TypedDict):
    """Feeds, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[FeedAnswer]
    next: str | None


class StockChangeAnswer(TypedDict):
    """What a feed did to a listing."""

    listing_id: str
    kind: ChangeKind


class StockChangeList(TypedDict):
    """Changes of a feed; ``next`` is the cursor of the following page, null at the end."""

    items: list[StockChangeAnswer]
    next: str | None


class SourceAnswer(TypedDict):
    """Where tables come from; ``mapping_version`` is 0 while they are read by the columns' own names.

    ``pull`` says from where they are fetched, null where they are sent.
    """

    source: str
    mapping_version: int
    pull: PullAnswer | None


class SourceList(TypedDict):
    """Sources, at most twenty."""

    items: list[SourceAnswer]


class MappingAnswer(TypedDict):
    """A version of a mapping; version 0 is no mapping: the columns' own names."""

    source: str
    version: int
    columns: dict[str, str]
    words: dict[str, dict[str, str]]
    fixed: dict[str, _Cell]
    created_at: str | None
    created_by: str | None


def feed_as_dict(feed: Feed, task: TaskRecord | None = None, *, whole: bool = True) -> dict[str, Any]:
    """A feed as it stands in an answer.

    Args:
        task: that takes it; None where nothing is known of it.
        whole: with all of its report.
    """
    report = feed.report
    if report is not None and not whole:
        report = {"difference": report.get("difference")}
    return {
        "feed_id": str(feed.feed_id),
        "source": feed.source,
        "state": feed.state,
        "code": feed.code,
        "detail": feed.detail,
        "is_preview": feed.is_preview,
        "file_name": feed.file_name,
        "digest": feed.digest,
        "mapping_version": feed.mapping_version,
        "accepted_removals": feed.accepted_removals,
        "requested_by": feed.created_by,
        "created_at": iso_utc(feed.created_at),
        "ended_at": None if feed.ended_at is None else iso_utc(feed.ended_at),
        "progress": None if task is None else _progress(task),
        "report": report,
    }


def mapping_as_dict(source: str, version: MappingVersion) -> dict[str, Any]:
    """A version of a mapping as it stands in an answer."""
    is_there = version.version > 0
    return {
        "source": source,
        "version": version.version,
        **version.mapping.as_dict(),
        "created_at": iso_utc(version.created_at) if is_there else None,
        "created_by": version.created_by if is_there else None,
    }


def pull_as_dict(pull: Pull) -> dict[str, Any]:
    """A pull as it stands in an answer."""
    return {
        "source": pull.source,
        "url": pull.url,
        "every_h": pull.every_h,
        "next_at": iso_utc(pull.next_at),
        "looked_at": None if pull.looked_at is None else iso_utc(pull.looked_at),
        "failure": pull.failure,
    }


def _progress(task: TaskRecord) -> dict[str, Any]:
    return {
        "state": task.state,
        "stage": task.progress.stage,
        "done": task.progress.done,
        "total": task.progress.total,
        "unit": task.progress.unit,
        "failure": None if task.failure is None else task.failure.code,
    }
